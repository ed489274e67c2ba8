import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { copyRoof, fmaRoof } from '../../src/kernels/roofs.js';
import { openTestGpu } from '../open-gpu.js';
import { bits, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

test('the roof of memory copies every value', async () => {
  const input = values(3 * 1024, 1);
  const [output] = await runKernel(gpu, copyRoof(3), 3, [input, { writes: input.length }]);
  expect(bits(output!)).toEqual(bits(input));
});

test('the roof of arithmetic does all of its steps: each of its sums tends to y / (1 − x)', async () => {
  const roof = fmaRoof(2, 3);
  expect(roof.flops).toBe(2 * 64 * 3 * 128 * 24);
  const [x, y] = [0.96875, 0.25];
  const [output] = await runKernel(gpu, roof, 2, [new Float32Array([x, y]), { writes: 128 }]);
  // 384 steps from a start of up to 26: what is left of it is 26 · x^384.
  const limit = y / (1 - x);
  for (const value of output!) expect(Math.abs(value / 12 - limit)).toBeLessThan(26 * x ** 384 + limit * 2 ** -18);
});
