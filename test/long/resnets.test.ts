import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { goldenFile } from '../cli/inputs.js';
import { expectedPredictions, predict } from '../cli/predict.js';
import { useCli } from '../cli/run-cli.js';
import { compareWithPyTorch } from '../encoder/large-resnets.js';
import { openTestGpu } from '../open-gpu.js';

/** Full-width ResNets at 224 × 224 with every node stored, and trained ones on all images at hand. About 2 minutes. */

const cli = useCli();
let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

test.each(['resnet34', 'resnet50'] as const)(
  'every node of a full %s is within 1e-4 of what PyTorch computed',
  (name) => compareWithPyTorch(gpu, name, ({ graph }) => graph.nodes.map((node) => node.name)),
);

describe.each([
  ['resnet20', 776],
  ['resnet56', 789],
] as const)('a trained %s', (name, right) => {
  const images = readFileSync(goldenFile('cifar10/test_part.bin'));
  test.each(name === 'resnet20' ? ['th', 'safetensors'] : ['safetensors'])(
    `in its .%s file gives all 846 test images the classes that PyTorch gave, ${right} right ones`,
    async (ending) => {
      const found = await predict(cli, `resnet-cifar10/${name}.${ending}`, '');
      expect(found).toEqual(expectedPredictions(name).predictions);
      expect(found.filter((label, i) => label === images[i * 3073]).length).toBe(right);
    },
  );
});
