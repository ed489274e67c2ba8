import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { compareWithPyTorch } from '../encoder/large-resnets.js';
import { predict } from '../encoder/resnet-supervised.js';
import { openTestGpu } from '../open-gpu.js';
import { readGolden } from '../read-golden.js';

/** Full-width ResNets at 224 × 224 with every node stored, and trained ones on all images at hand. About 2 minutes. */

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

test.each(['resnet34', 'resnet50'] as const)(
  'every node of a full %s is within 1e-4 of what PyTorch computed',
  (name) => compareWithPyTorch(gpu, name, ({ graph }) => graph.nodes.map((node) => node.name)),
);

test.each([
  ['resnet20', 776],
  ['resnet56', 789],
] as const)(
  'a trained %s gives all 846 test images the classes that PyTorch gave, %d right ones',
  async (name, right) => {
    const predictions = JSON.parse(new TextDecoder().decode(await readGolden('resnet20/predictions.json')));
    const found = await predict(gpu, `${name}/${name}.safetensors`, 'cifar10/test_part.bin');
    expect(found).toEqual(predictions[name].predictions);
    const bytes = await readGolden('cifar10/test_part.bin');
    expect(found.filter((label, i) => label === bytes[i * 3073]).length).toBe(right);
  },
);
