import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bindings, Buffer, Gpu } from '../../src/gpu/gpu.js';
import { openTestGpu } from '../open-gpu.js';
import { scaleBy, step } from './kernels.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const words = (bytes: ArrayBuffer | undefined): number[] => [...new Uint32Array(bytes!)];

async function stepper(n: number): Promise<{ y: Buffer; bindings: Bindings; [Symbol.dispose](): void }> {
  const memory = await gpu.allocate([{ label: 'y', bytes: 4 * n }]);
  const [pipeline] = await gpu.compile([step]);
  const y = memory.buffers[0]!;
  return { y, bindings: gpu.bind(pipeline!, [y]), [Symbol.dispose]: () => memory.dispose() };
}

/** The value of `step` applied `times` times. */
function stepped(value: number, times: number): number {
  let v = value;
  for (let i = 0; i < times; i++) v = (Math.imul(v, 3) + 1) >>> 0;
  return v;
}

describe('running', () => {
  test('a dispatch computes what its kernel says', async () => {
    const n = 1000;
    using memory = await gpu.allocate([
      { label: 'x', bytes: 4 * n },
      { label: 'y', bytes: 4 * n },
      { label: 'n', bytes: 16, usage: 'uniform' },
    ]);
    const [x, y, size] = memory.buffers;
    const [pipeline] = await gpu.compile([scaleBy(3)]);
    gpu.write(
      x!,
      Uint32Array.from({ length: n }, (_, i) => i),
    );
    gpu.write(size!, Uint32Array.of(n, 0, 0, 0));
    const recording = gpu.record().dispatch(gpu.bind(pipeline!, [x!, y!, size!]), [Math.ceil(n / 64), 1, 1]);
    const [bytes] = await gpu.run(recording, [y!]);
    expect(words(bytes)).toEqual(Array.from({ length: n }, (_, i) => 3 * i));
  });

  test('dispatches of one recording run in order, and a recording runs again', async () => {
    using s = await stepper(5);
    const recording = gpu.record();
    for (let i = 0; i < 7; i++) recording.dispatch(s.bindings, [1, 1, 1]);
    expect(recording.length).toBe(7);
    expect(words((await gpu.run(recording, [s.y]))[0])).toEqual(new Array(5).fill(stepped(0, 7)));
    expect(words((await gpu.run(recording, [s.y]))[0])).toEqual(new Array(5).fill(stepped(0, 14)));
  });

  test('a dispatch of no workgroups is left out', async () => {
    using s = await stepper(1);
    const recording = gpu.record().dispatch(s.bindings, [1, 0, 1]);
    expect(recording.length).toBe(0);
    expect(words((await gpu.run(recording, [s.y]))[0])).toEqual([0]);
  });

  test('an empty run without reads gives nothing', async () => {
    expect(await gpu.run(gpu.record())).toEqual([]);
  });

  test('writes and runs take effect in the order of their calls, however many are waiting', async () => {
    using s = await stepper(1);
    const recording = gpu.record().dispatch(s.bindings, [1, 1, 1]);
    const data = new Uint32Array(1);
    const results: Promise<ArrayBuffer[]>[] = [];
    for (let i = 0; i < 40; i++) {
      data[0] = 1000 * i;
      gpu.write(s.y, data);
      results.push(gpu.run(recording, [s.y]));
    }
    const values = (await Promise.all(results)).map(([bytes]) => words(bytes)[0]);
    expect(values).toEqual(Array.from({ length: 40 }, (_, i) => 3000 * i + 1));
  });

  test('several ranges come back in the order asked, each on its own', async () => {
    using memory = await gpu.allocate([{ label: 'y', bytes: 40 }]);
    const buffer = memory.buffers[0]!;
    gpu.write(
      buffer,
      Uint32Array.from({ length: 10 }, (_, i) => i),
    );
    const parts = await gpu.run(gpu.record(), [
      { buffer, offset: 36, bytes: 4 },
      { buffer, offset: 4, bytes: 12 },
      buffer,
    ]);
    expect(parts.map(words)).toEqual([[9], [1, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  });

  test('a write at an offset leaves the bytes before and after it', async () => {
    using memory = await gpu.allocate([{ label: 'y', bytes: 16 }]);
    const buffer = memory.buffers[0]!;
    gpu.write(buffer, new Uint32Array(4).fill(7));
    gpu.write(buffer, new Uint8Array(Uint32Array.of(1, 2, 3).buffer, 4, 4), 8);
    expect(words((await gpu.run(gpu.record(), [buffer]))[0])).toEqual([7, 7, 2, 7]);
  });

  test('results of different sizes from reused staging buffers do not mix', async () => {
    using s = await stepper(5000);
    const recording = gpu.record().dispatch(s.bindings, [Math.ceil(5000 / 64), 1, 1]);
    const kept: ArrayBuffer[] = [];
    for (const bytes of [4, 20000, 400, 20000, 8, 12]) {
      const [part] = await gpu.run(recording, [{ buffer: s.y, offset: 0, bytes }]);
      kept.push(part!);
    }
    expect(kept.map((part) => part.byteLength)).toEqual([4, 20000, 400, 20000, 8, 12]);
    for (const [i, part] of kept.entries()) expect(new Set(words(part))).toEqual(new Set([stepped(0, i + 1)]));
  });
});

describe('memory', () => {
  test('bytes are counted while buffers live, and the peak stays', async () => {
    const before = gpu.bytes;
    const a = await gpu.allocate([
      { label: 'a', bytes: 1024 },
      { label: 'b', bytes: 2048, usage: 'uniform' },
    ]);
    expect(a.bytes).toBe(3072);
    expect(gpu.bytes).toBe(before + 3072);
    a.dispose();
    a.dispose();
    expect(gpu.bytes).toBe(before);
    expect(gpu.peakBytes).toBeGreaterThanOrEqual(before + 3072);
  });

  test('a new buffer holds zeros', async () => {
    using memory = await gpu.allocate([{ label: 'z', bytes: 4096 }]);
    expect(new Set(words((await gpu.run(gpu.record(), [memory.buffers[0]!]))[0]))).toEqual(new Set([0]));
  });

  test('a request above the limit of one buffer is refused by name, and nothing is allocated', async () => {
    const before = gpu.bytes;
    const bytes = gpu.facts.limits.maxBufferSize + 4;
    const small = { label: 'small', bytes: 4 };
    await expect(gpu.allocate([small, { label: 'activations', bytes }])).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      message: expect.stringContaining(`'activations' needs ${bytes} bytes`),
    });
    expect(gpu.bytes).toBe(before);
  });

  test.each([0, -4, 6, 2.5, Number.NaN])('a buffer of %d bytes is refused', async (bytes) => {
    await expect(gpu.allocate([{ label: 'odd', bytes }])).rejects.toMatchObject({ code: 'GPU_ERROR' });
  });

  test('a disposed buffer is refused wherever it is used', async () => {
    const s = await stepper(1);
    const recording = gpu.record().dispatch(s.bindings, [1, 1, 1]);
    s[Symbol.dispose]();
    const disposed = "Buffer 'y' was disposed";
    expect(() => gpu.write(s.y, new Uint32Array(1))).toThrow(disposed);
    expect(() => gpu.bind(s.bindings.pipeline, [s.y])).toThrow(disposed);
    await expect(gpu.run(gpu.record(), [s.y])).rejects.toThrow(disposed);
    await expect(gpu.run(recording)).rejects.toThrow(disposed);
    gpu.check();
  });
});

describe('compiling', () => {
  test('equal kernels share a pipeline under their own labels', async () => {
    const [a, b] = await gpu.compile([scaleBy(5, 'first'), scaleBy(5, 'second')]);
    expect([a!.kernel.label, b!.kernel.label]).toEqual(['first', 'second']);
    expect((a as unknown as { compiled: object }).compiled).toBe((b as unknown as { compiled: object }).compiled);
  });

  test('an error shows the WGSL around the marked line', async () => {
    const kernel = { ...step, label: 'broken', code: step.code.replace('* 3u + 1u', '* 3.0 + 1u') };
    await expect(gpu.compile([kernel])).rejects.toMatchObject({
      code: 'SHADER_COMPILE',
      message: expect.stringMatching(/'broken'.*4:.*\n(.*\n)*> 4 \| .*y\[id\.x\] \* 3\.0/),
    });
    gpu.check();
  });

  test('an entry point of another name is an error of that kernel', async () => {
    const kernel = { ...step, label: 'nameless', code: step.code.replace('fn main', 'fn other') };
    await expect(gpu.compile([kernel])).rejects.toMatchObject({
      code: 'SHADER_COMPILE',
      message: expect.stringContaining("'nameless'"),
    });
  });

  test('a workgroup larger than the device allows is an error of that kernel', async () => {
    const kernel = { ...step, label: 'wide', code: step.code.replace('workgroup_size(64)', 'workgroup_size(100000)') };
    await expect(gpu.compile([kernel])).rejects.toMatchObject({ code: 'SHADER_COMPILE' });
    gpu.check();
  });

  test('the others compile although one does not, and it may be tried again', async () => {
    const broken = { ...step, label: 'broken again', code: 'nonsense' };
    const [bad, good] = await Promise.allSettled([gpu.compile([broken]), gpu.compile([scaleBy(11)])]);
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled']);
    await expect(gpu.compile([broken])).rejects.toMatchObject({ code: 'SHADER_COMPILE' });
  });
});

describe('wrong uses', () => {
  test('more workgroups than the device allows are refused by the kernel’s label', async () => {
    using s = await stepper(1);
    const most = gpu.facts.limits.maxComputeWorkgroupsPerDimension;
    const recording = gpu.record();
    expect(() => recording.dispatch(s.bindings, [1, most + 1, 1])).toThrow(`'step': 1 x ${most + 1} x 1 workgroups`);
    expect(() => recording.dispatch(s.bindings, [1.5, 1, 1])).toThrow("'step': 1.5 x 1 x 1");
    expect(recording.length).toBe(0);
  });

  test('bindings are checked against the kernel', async () => {
    using memory = await gpu.allocate([
      { label: 'x', bytes: 1024 },
      { label: 'y', bytes: 1024 },
      { label: 'n', bytes: 16, usage: 'uniform' },
    ]);
    const [x, y, n] = memory.buffers as [Buffer, Buffer, Buffer];
    const [pipeline] = await gpu.compile([scaleBy(3)]);
    const bind = (...ranges: Parameters<Gpu['bind']>[1]) => {
      return () => gpu.bind(pipeline!, ranges);
    };
    expect(bind(x, y)).toThrow('has 3 bindings; 2 were given');
    expect(bind(x, x, n)).toThrow("buffer 'x' is written by binding 1 and bound again at 0");
    expect(bind(x, y, x)).toThrow("'x' is a storage buffer; a uniform buffer is needed");
    expect(bind({ buffer: x, offset: 128, bytes: 256 }, y, n)).toThrow('no multiple of 256');
    expect(bind({ buffer: x, offset: 512, bytes: 768 }, y, n)).toThrow('not inside');
    expect(bind({ buffer: x, offset: 512, bytes: 512 }, y, n)).not.toThrow();
    gpu.check();
  });

  test('buffers, pipelines and recordings of another device are refused', async () => {
    await using other = await openTestGpu();
    using s = await stepper(1);
    const [pipeline] = await other.compile([step]);
    expect(() => other.write(s.y, new Uint32Array(1))).toThrow('another device');
    expect(() => other.bind(pipeline!, [s.y])).toThrow('another device');
    expect(() => gpu.bind(pipeline!, [s.y])).toThrow('another device');
    expect(() => other.record().dispatch(s.bindings, [1, 1, 1])).toThrow('another device');
    await expect(other.run(gpu.record())).rejects.toThrow('the device that made it');
  });
});

test('GPU time is collected by kernel label while profiling', async () => {
  using s = await stepper(64);
  const recording = gpu.record().dispatch(s.bindings, [1, 1, 1]).dispatch(s.bindings, [1, 1, 1]);
  gpu.profile(true);
  await gpu.run(recording);
  const [bytes] = await gpu.run(recording, [s.y]);
  gpu.profile(false);
  await gpu.run(recording);
  expect(words(bytes)[0]).toBe(stepped(0, 4));
  if (!gpu.facts.timestamps) return expect(gpu.kernelTimes).toBeNull();
  expect(gpu.kernelTimes).toMatchObject([{ label: 'step', dispatches: 4 }]);
  expect(gpu.kernelTimes![0]!.nanoseconds).toBeGreaterThan(0);
});

test('disposal frees everything, is idempotent, and ends the use of the device', async () => {
  const own = await openTestGpu();
  await own.allocate([{ label: 'left behind', bytes: 4096 }]);
  await Promise.all([own.dispose(), own.dispose()]);
  expect(own.bytes).toBe(0);
  expect(() => own.check()).toThrow('was disposed');
  await expect(own.compile([step])).rejects.toThrow('was disposed');
});

test('disposal waits for what is running', async () => {
  const own = await openTestGpu();
  const memory = await own.allocate([{ label: 'y', bytes: 4 }]);
  const [pipeline] = await own.compile([step]);
  const recording = own.record().dispatch(own.bind(pipeline!, memory.buffers), [1, 1, 1]);
  const runs = Array.from({ length: 8 }, () => own.run(recording, memory.buffers));
  await own.dispose();
  expect((await Promise.all(runs)).map(([bytes]) => words(bytes)[0])).toEqual(runs.map((_, i) => stepped(0, i + 1)));
});
