import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { copyRoof, fmaRoof, nothingKernel, workgroupRoof } from '../../src/kernels/roofs.js';
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

test('the roof of workgroup memory reads all that its workgroup holds, in every turn', async () => {
  const roof = workgroupRoof(2, 16);
  expect(roof.bytesRead).toBe(2 * 64 * 16 * 4 * 16);
  // Small whole numbers: sums are exact in any order.
  const input = Float32Array.from({ length: 1024 }, (_, i) => (i * 7) % 64);
  const [output] = await runKernel(gpu, roof, 2, [input, { writes: 2 * 256 }]);
  const expected = Float32Array.from({ length: 2 * 256 }, (_, i) => {
    const [thread, part] = [Math.floor(i / 4) % 64, i % 4];
    let sum = 0;
    for (let turn = 0; turn < 16; turn++)
      for (let s = 0; s < 4; s++) sum += input[4 * (64 * s + ((thread + turn) % 64)) + part]!;
    return sum;
  });
  expect(output).toEqual(expected);
});

test('the kernel that does next to nothing runs to its last workgroup', async () => {
  const [output] = await runKernel(gpu, nothingKernel(1000), 1000, [{ writes: 64 }]);
  expect(new Uint32Array(output!.buffer, output!.byteOffset, 64)).toEqual(
    Uint32Array.from({ length: 64 }, (_, i) => i),
  );
});
