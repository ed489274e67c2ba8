import { beforeEach, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { openGivenDevice } from '../../src/gpu/open.js';
import { openTestDevice } from '../open-gpu.js';
import { spin, step } from './kernels.js';

let device: GPUDevice;
let gpu: Gpu;
beforeEach(async () => {
  device = await openTestDevice();
  gpu = openGivenDevice(device);
  return () => device.destroy();
});

const STORAGE = 0x80;

test('a given device is used and stays alive', async () => {
  expect(gpu.facts.origin).toBe('given');
  await gpu.allocate([{ label: 'y', bytes: 4 }]);
  await gpu.dispose();
  let lost = false;
  void device.lost.then(() => {
    lost = true;
  });
  const encoder = device.createCommandEncoder();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  expect(lost).toBe(false);
});

describe('out of memory', () => {
  test('an allocation that the driver refuses names the largest request and leaves nothing behind', async () => {
    // SwiftShader and others fail at exactly the size that they claim as their limit; where that works, the sum fails.
    const bytes = gpu.facts.limits.maxStorageBufferBindingSize;
    const requests = [
      { label: 'small', bytes: 1024 },
      { label: 'huge', bytes },
    ];
    if (gpu.facts.architecture !== 'swiftshader') return;
    await expect(gpu.allocate(requests)).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      message: expect.stringMatching(`2 buffers of ${bytes + 1024} bytes \\(largest 'huge' with ${bytes} bytes\\)`),
    });
    expect(gpu.bytes).toBe(0);
    gpu.check();
    await gpu.allocate([{ label: 'later', bytes: 1024 }]);
  });

  test('one that no call waits for is kept for the next check', async () => {
    if (gpu.facts.architecture !== 'swiftshader') return;
    device.createBuffer({ label: 'elsewhere', size: device.limits.maxBufferSize, usage: STORAGE });
    await device.queue.onSubmittedWorkDone();
    await expect(gpu.run(gpu.record())).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  });
});

describe('a failed device', () => {
  test('an uncaptured error is thrown by every later call, as it was first reported', async () => {
    device.createBuffer({ label: 'no usage', size: 16, usage: 0 });
    device.createBuffer({ label: 'later', size: 16, usage: 0 });
    await expect(gpu.run(gpu.record())).rejects.toMatchObject({
      code: 'GPU_ERROR',
      message: expect.stringContaining('no usage'),
    });
    const sticky = expect.objectContaining({ message: expect.stringContaining('no usage') });
    expect(() => gpu.check()).toThrow(sticky);
    expect(() => gpu.record() && gpu.check()).toThrow(sticky);
    await expect(gpu.allocate([{ label: 'y', bytes: 4 }])).rejects.toThrow('no usage');
    await expect(gpu.compile([step])).rejects.toThrow('no usage');
    await gpu.dispose();
  });

  test('a lost device rejects what is pending and all that follows', async () => {
    const memory = await gpu.allocate([{ label: 'y', bytes: 4 }]);
    const [pipeline] = await gpu.compile([spin(1000)]);
    const recording = gpu.record().dispatch(gpu.bind(pipeline!, memory.buffers), [1, 1, 1]);
    const pending = Promise.allSettled(Array.from({ length: 6 }, () => gpu.run(recording, memory.buffers)));
    device.destroy();
    const outcomes = await pending;
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DEVICE_LOST' } });
    }
    await expect(gpu.compile([step])).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    expect(() => gpu.check()).toThrow(expect.objectContaining({ code: 'DEVICE_LOST' }));
    await gpu.dispose();
    expect(gpu.bytes).toBe(0);
  });
});

describe('submits', () => {
  /** Counts submits, and the most that were unfinished at once. */
  function watchSubmits(): { count: number; most: number } {
    const seen = { count: 0, most: 0 };
    let unfinished = 0;
    const submit = device.queue.submit.bind(device.queue);
    device.queue.submit = (buffers) => {
      submit(buffers);
      seen.count++;
      seen.most = Math.max(seen.most, ++unfinished);
      void device.queue.onSubmittedWorkDone().then(() => unfinished--);
      return undefined;
    };
    return seen;
  }

  async function steps(on: Gpu, dispatches: number) {
    const memory = await on.allocate([{ label: 'y', bytes: 256 }]);
    const [pipeline] = await on.compile([step]);
    const recording = on.record();
    for (let i = 0; i < dispatches; i++) recording.dispatch(on.bind(pipeline!, memory.buffers), [1, 1, 1]);
    return { recording, y: memory.buffers[0]! };
  }

  test('a recording is one submit while its time is within the target', async () => {
    const { recording, y } = await steps(gpu, 20);
    const seen = watchSubmits();
    for (let i = 0; i < 3; i++) await gpu.run(recording, [y]);
    expect(seen.count).toBe(3);
  });

  test('a recording measured above the target is split, three submits at a time, with equal results', async () => {
    const hurried = openGivenDevice(device, { submitTarget: 1e-9 });
    const { recording, y } = await steps(hurried, 20);
    const seen = watchSubmits();
    const [whole] = await hurried.run(recording, [y]);
    expect(seen.count).toBe(1);
    hurried.write(y, new Uint32Array(64));
    const [split] = await hurried.run(recording, [y]);
    expect(seen.count).toBe(21);
    expect(seen.most).toBeLessThanOrEqual(3);
    expect(new Uint32Array(split!)).toEqual(new Uint32Array(whole!));
    hurried.profile(true);
    hurried.write(y, new Uint32Array(64));
    const [timed] = await hurried.run(recording, [y]);
    expect(new Uint32Array(timed!)).toEqual(new Uint32Array(whole!));
    if (hurried.facts.timestamps) expect(hurried.kernelTimes).toMatchObject([{ label: 'step', dispatches: 20 }]);
  });

  test('at most three runs are in flight', async () => {
    const { recording, y } = await steps(gpu, 2);
    const seen = watchSubmits();
    await Promise.all(Array.from({ length: 12 }, () => gpu.run(recording, [y])));
    expect(seen).toEqual({ count: 12, most: 3 });
  });
});
