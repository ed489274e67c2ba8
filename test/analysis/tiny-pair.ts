import type { AnalyzedEncoder } from '../../src/analysis/analyze.js';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { Encoder } from '../../src/encoder/encoder.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { datasetOf, type IndexedDataset } from '../../src/images/dataset.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { sha256 } from '../../src/sha256.js';
import { type ResNet9Widths, tinyResNet9, uniform } from '../reference/tiny-resnet9.js';

export interface TinyEncoder extends AnalyzedEncoder {
  readonly model: Model;
}

/** A small random ResNet-9 on the GPU. */
export async function tinyEncoder(gpu: Gpu, seed: number, widths: number | ResNet9Widths = 4): Promise<TinyEncoder> {
  const bytes = tinyResNet9(seed, widths);
  const model = await loadModel(await openSafetensors(bufferSource(bytes, `tiny-${seed}.safetensors`)));
  return {
    encoder: await Encoder.load(gpu, model),
    model,
    facts: {
      file: `tiny-${seed}.safetensors`,
      sha256: sha256(bytes),
      preprocessing: model.preprocessing,
      ...model.facts,
    },
    defaultTaps: model.defaultTaps,
    preprocessing: model.preprocessing,
  };
}

/** Random pictures of 32 × 32 pixels; image index = `indices[position]`, its pixels a function of the index alone. */
export function randomImages(indices: readonly number[], size = 32): IndexedDataset {
  return datasetOf({
    name: 'random',
    length: indices.length,
    indexOf: (position) => indices[position] as number,
    nameOf: (position) => `random#${indices[position]}`,
    bytes: async (position) => {
      const random = uniform(1000 + (indices[position] as number));
      return Uint8Array.from({ length: size * size * 4 }, () => 256 * random());
    },
    labelOf: () => undefined,
    picture: (_, rgba) => ({ width: size, height: size, rgba }),
  });
}

export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
