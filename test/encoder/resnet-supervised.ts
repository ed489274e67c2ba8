import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { loadModel } from '../../src/models/load.js';
import { readGolden } from '../read-golden.js';
import { nchwToNhwc } from '../reference/forward.js';
import { runPlan } from './run-plan.js';

const [RECORD, PIXELS, CLASSES] = [3073, 3072, 10];

/** The classes that a supervised CIFAR ResNet gives to the images of a CIFAR-10 binary file, by its classifier. */
export async function predict(gpu: Gpu, encoder: string, images: string): Promise<number[]> {
  const file = await openSafetensors(bufferSource(await readGolden(encoder), encoder));
  const model = await loadModel(file);
  const { mean, std } = model.preprocessing;
  const bytes = await readGolden(images);
  const n = bytes.length / RECORD;
  const pixels = Float32Array.from({ length: n * PIXELS }, (_, i) => {
    const [record, at] = [Math.floor(i / PIXELS), i % PIXELS];
    const c = Math.floor(at / (PIXELS / 3));
    return (bytes[record * RECORD + 1 + at]! / 255 - mean[c]!) / std[c]!;
  });
  const input = Float32Array.from(nchwToNhwc(pixels, n, model.graph.input));
  const logits = (await runPlan(gpu, model, input, n, { taps: ['fc'] })).get('fc')!;
  return Array.from({ length: n }, (_, i) => {
    const row = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
    return row.indexOf(Math.max(...row));
  });
}
