import type { Buffer, BufferRange, Gpu, Recording } from '../src/gpu/gpu.js';
import { nothingKernel } from '../src/kernels/roofs.js';
import { type Spread, spread, timeOnce } from './timing.js';

/** What it costs to have anything done, in microseconds of wall time; other work on the machine only adds to it. */
export interface Costs {
  /** One more dispatch, after others in the same pass. */
  readonly dispatch: Spread;
  /** One more workgroup of 64 threads in a dispatch. */
  readonly workgroup: Spread;
  /** A submit of one dispatch, from the call until its end is known. */
  readonly submit: Spread;
  /** The same with 4 bytes read back. */
  readonly readback: Spread;
  /** GB/s of a large block read back. */
  readonly readbackRate: Spread;
}

const DISPATCHES = 1000;
const WORKGROUPS = { software: 8192, hardware: 65_535 };
const SUBMITS = 20;
const READ_BYTES = 2 ** 24;

/** Measures what surrounds the kernels, by kernels that do next to nothing. */
export async function measureCosts(gpu: Gpu, repeats: number): Promise<Costs> {
  const many = WORKGROUPS[gpu.facts.kind];
  const [one, wide] = [nothingKernel(1), nothingKernel(many)];
  const pipelines = await gpu.compile([one.kernel, wide.kernel]);
  using allocation = await gpu.allocate([
    { label: 'costs: output', bytes: 256 },
    { label: 'costs: read back', bytes: READ_BYTES },
  ]);
  const [output, block] = allocation.buffers as [Buffer, Buffer];
  const [single, grid] = pipelines.map((pipeline) => gpu.bind(pipeline, [output]));
  const dispatches = (count: number) => {
    const recording = gpu.record();
    for (let i = 0; i < count; i++) recording.dispatch(single!, one.grid(1));
    return recording;
  };
  const least = dispatches(1);
  const wideRun = gpu.record().dispatch(grid!, wide.grid(many));
  const submits = async (recording: Recording, reads: readonly BufferRange[] = []) => {
    for (let i = 0; i < SUBMITS; i++) await gpu.run(recording, reads);
  };
  const word = { buffer: block, offset: 0, bytes: 4 };
  const several = dispatches(DISPATCHES + 1);
  const wall = (work: () => Promise<unknown>) => sample(work, repeats);
  const submit = (await wall(() => submits(least))).map((ms) => (1000 * ms) / SUBMITS);
  const alone = spread(submit).median;
  return {
    dispatch: spread((await wall(() => gpu.run(several))).map((ms) => beyond(1000 * ms, alone) / DISPATCHES)),
    workgroup: spread((await wall(() => gpu.run(wideRun))).map((ms) => beyond(1000 * ms, alone) / (many - 1))),
    submit: spread(submit),
    readback: spread((await wall(() => submits(least, [word]))).map((ms) => (1000 * ms) / SUBMITS)),
    readbackRate: spread((await wall(() => gpu.run(least, [block]))).map((ms) => READ_BYTES / ms / 1e6)),
  };
}

async function sample(work: () => Promise<unknown>, repeats: number): Promise<number[]> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) times.push((await timeOnce(work)).wall);
  return times;
}

/** What of `whole` is not `part`; on a busy machine that may come out below 0, which nothing costs. */
function beyond(whole: number, part: number): number {
  return Math.max(0, whole - part);
}
