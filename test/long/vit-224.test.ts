import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { loadModel } from '../../src/models/load.js';
import { expectSamples } from '../encoder/expect-samples.js';
import { openTestGpu } from '../open-gpu.js';
import { photographs, sampledNodes } from '../reference/sampled-nodes.js';
import { dinov2Small, vitBase16 } from '../reference/seeded-weights.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

test('ViT-B/16 at 224 pixels agrees with PyTorch at every node', async () => {
  const model = await loadModel(vitBase16());
  const nodes = await sampledNodes('vitBase16');
  expect(nodes.size).toBe(2 + 12 * 6 + 2);
  await expectSamples(gpu, model, await photographs(), nodes);
}, 600_000);

test('DINOv2 ViT-S/14 at 224 pixels, its positions interpolated, agrees with PyTorch at every node', async () => {
  const file = dinov2Small();
  const tensors = new Map([...file.tensors, ['mask_token', { shape: [1, 384], data: new Float32Array(384) }]]);
  const model = await loadModel({ ...file, tensors, readF32: async (name) => tensors.get(name)!.data });
  const nodes = await sampledNodes('dinov2Small');
  expect(nodes.size).toBe(2 + 12 * 6 + 2);
  await expectSamples(gpu, model, await photographs(), nodes);
}, 600_000);
