import { expect, test } from 'vitest';
import { nullGpu } from '../../src/gpu/null.js';
import { scaleBy, step } from './kernels.js';

test('a plan runs: bytes are counted, dispatches are listed, reads are zeros of the right length', async () => {
  const gpu = nullGpu();
  const memory = await gpu.allocate([
    { label: 'x', bytes: 512 },
    { label: 'y', bytes: 1024 },
    { label: 'n', bytes: 16, usage: 'uniform' },
  ]);
  const [x, y, n] = memory.buffers;
  const [a, b] = await gpu.compile([scaleBy(3), step]);
  const recording = gpu
    .record()
    .dispatch(gpu.bind(a!, [x!, y!, n!]), [4, 1, 1])
    .dispatch(gpu.bind(b!, [y!]), [4, 0, 1])
    .dispatch(gpu.bind(b!, [y!]), [2, 3, 1]);
  gpu.write(x!, new Uint32Array(128).fill(5));
  const parts = await gpu.run(recording, [y!, { buffer: x!, offset: 256, bytes: 8 }]);
  expect(parts).toEqual([new ArrayBuffer(1024), new ArrayBuffer(8)]);
  expect(gpu.dispatched).toEqual([
    { label: 'scale by 3', workgroups: [4, 1, 1] },
    { label: 'step', workgroups: [2, 3, 1] },
  ]);
  expect([gpu.bytes, gpu.peakBytes]).toEqual([1552, 1552]);
  memory.dispose();
  memory.dispose();
  expect([gpu.bytes, gpu.peakBytes]).toEqual([0, 1552]);
  await gpu.dispose();
  expect(() => gpu.check()).toThrow('was disposed');
});

test('it refuses what a device would refuse', async () => {
  const limits = { ...nullGpu().facts.limits, maxComputeWorkgroupsPerDimension: 7, maxBufferSize: 4096 };
  const gpu = nullGpu({ limits });
  const { buffers } = await gpu.allocate([{ label: 'y', bytes: 1024 }]);
  const [pipeline] = await gpu.compile([step]);
  const bindings = gpu.bind(pipeline!, buffers);
  await expect(gpu.allocate([{ label: 'big', bytes: 4100 }])).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  expect(() => gpu.record().dispatch(bindings, [8, 1, 1])).toThrow("Kernel 'step': 8 x 1 x 1 workgroups");
  expect(() => gpu.bind(pipeline!, [])).toThrow('has 1 bindings; 0 were given');
  expect(() => gpu.write(buffers[0]!, new Uint8Array(3))).toThrow('multiples of 4');
  expect(() => gpu.write(buffers[0]!, new Uint8Array(8), 1020)).toThrow("not inside buffer 'y' of 1024 bytes");
  await expect(gpu.run(nullGpu().record())).rejects.toThrow('the device that made it');
  const many = { ...step, label: 'many', bindings: new Array(9).fill('read') };
  await expect(gpu.compile([many])).rejects.toThrow("Kernel 'many' binds 9 storage buffers");
});

test('it pretends to be the adapter that it is given', () => {
  expect(nullGpu().facts).toMatchObject({ origin: 'null', subgroups: null, timestamps: false });
  const { facts } = nullGpu({ kind: 'hardware', subgroups: { min: 32, max: 32 } });
  expect(facts).toMatchObject({ origin: 'null', kind: 'hardware', subgroups: { min: 32, max: 32 } });
});
