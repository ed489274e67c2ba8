import { Encoder } from '../../src/encoder/encoder.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { loadModel } from '../../src/models/load.js';
import { weightsOf } from '../models/tiny.js';
import { type TinyViT, tinyViTTensors } from '../reference/tiny-vit.js';
import type { TinyEncoder } from './tiny-pair.js';

/** A small random Vision Transformer on the GPU. */
export async function tinyTransformer(gpu: Gpu, seed: number, vit: TinyViT, heads: number): Promise<TinyEncoder> {
  const model = await loadModel(weightsOf(tinyViTTensors(seed, vit)), { heads });
  const { preprocessing, defaultTaps, facts } = model;
  return {
    encoder: await Encoder.load(gpu, model),
    model,
    facts: { file: `vit-${seed}.safetensors`, sha256: `${seed}`.padStart(64, '0'), preprocessing, ...facts },
    defaultTaps,
    preprocessing,
  };
}
