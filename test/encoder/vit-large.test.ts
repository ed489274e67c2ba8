import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { loadModel } from '../../src/models/load.js';
import { openTestGpu } from '../open-gpu.js';
import { photographs, sampledNodes } from '../reference/sampled-nodes.js';
import { dinov2Small } from '../reference/seeded-weights.js';
import { expectSamples } from './expect-samples.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

test('tokens and first two blocks of a DINOv2 ViT-S/14 at 224 pixels agree with PyTorch at every node', async () => {
  const whole = dinov2Small();
  const tensors = new Map([...whole.tensors].filter(([name]) => !/^blocks\.([2-9]|1\d)\./.test(name)));
  // The mask token tells that the positions follow DINO's rule.
  tensors.set('mask_token', { shape: [1, 384], data: new Float32Array(384) });
  const model = await loadModel({ ...whole, tensors, readF32: async (name) => tensors.get(name)!.data });
  const nodes = [...(await sampledNodes('dinov2Small'))].filter(([name]) =>
    /^(patch|tokens|blocks\.[01]\.)/.test(name),
  );
  expect(nodes).toHaveLength(14);
  await expectSamples(gpu, model, await photographs(), new Map(nodes));
});
