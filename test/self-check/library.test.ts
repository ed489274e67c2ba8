import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Gpu, loadEncoder, openGpu, selfCheck } from '../../src/index.node.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

test('the library checks the kernels of an encoder: all of them are told, or the wrong one is thrown', async () => {
  using encoder = await loadEncoder(gpu, tinyResNet9(1));
  const { kernels, seconds } = await selfCheck(encoder);
  expect(kernels).toBeGreaterThan(25);
  expect(seconds).toBeGreaterThan(0);
  const { compile } = gpu;
  vi.spyOn(gpu, 'compile').mockImplementation((asked) =>
    compile.call(
      gpu,
      asked.map((kernel) => ({ ...kernel, code: kernel.code.replace('(part0 + part1)', '(part0)') })),
    ),
  );
  const wrong = { code: 'GPU_ERROR', message: expect.stringContaining('kernel view-norms') };
  await expect(selfCheck(encoder)).rejects.toMatchObject(wrong);
});
