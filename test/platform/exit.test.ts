/** A process that used the GPU ends as it means to, whatever it leaves behind. MEMGPU_EXIT_RUNS=100 for the long check. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, program } from './child.js';

const RUNS = Number(process.env.MEMGPU_EXIT_RUNS ?? 10);

let leave: Program;
beforeAll(async () => {
  leave = await program(`
    import { openNodeGpu } from './src/platform/node-gpu.js';
    import { spin } from './test/gpu/kernels.js';
    const way = process.argv[2];
    const gpu = await openNodeGpu();
    const { buffers } = await gpu.allocate([{ label: 'y', bytes: 1024 }]);
    const [pipeline] = await gpu.compile([spin(20000)]);
    const busy = gpu.record().dispatch(gpu.bind(pipeline, buffers), [64, 1, 1]);
    await gpu.run(busy, buffers);
    console.log('ran');
    if (way === 'disposed') await gpu.dispose();
    if (way === 'pending') {
      for (let i = 0; i < 5; i++) gpu.run(busy, buffers).catch(() => {});
      process.exit(7);
    }
    if (way === 'thrown') {
      gpu.run(busy, buffers).catch(() => {});
      setTimeout(() => { throw new Error('on purpose'); });
    }
    if (way === 'disposed, then exit') { await gpu.dispose(); process.exit(7); }`);
});
afterAll(() => leave[Symbol.dispose]());

const WAYS = [
  ['disposed', 0],
  ['not disposed', 0],
  ['pending', 7],
  ['thrown', 1],
  ['disposed, then exit', 7],
] as const;

test(`${RUNS} processes in a row end with the code that they mean`, { timeout: 20_000 * RUNS }, async () => {
  for (let i = 0; i < RUNS; i++) {
    const [way, code] = WAYS[i % WAYS.length]!;
    const outcome = await leave.run([way]);
    expect({ way, ...outcome }).toMatchObject({ way, code, signal: null, stdout: 'ran\n' });
  }
});
