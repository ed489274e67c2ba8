import type { Gpu } from '../src/gpu/gpu.js';
import { copyRoof, fmaRoof, workgroupRoof } from '../src/kernels/roofs.js';
import { timeTask } from './case.js';
import { numbers } from './numbers.js';
import type { Roofs } from './roofline.js';
import { best, type Timing } from './timing.js';

export interface RoofResult {
  readonly timing: Timing;
  readonly rate: number;
}

export interface MeasuredRoofs {
  /** GFLOP/s of multiplications and additions in registers. */
  readonly arithmetic: RoofResult;
  /** GB/s of a copy by a kernel, read and written. */
  readonly memory: RoofResult;
  /** GB/s read from workgroup memory. */
  readonly workgroup: RoofResult;
}

/** Enough work for some 50 ms on a software adapter, and to fill a large GPU. */
const FMA = { software: { workgroups: 64, loops: 256 }, hardware: { workgroups: 4096, loops: 256 } };
const COPIED = { software: 4096, hardware: 32768 };
const SHARED = { software: { workgroups: 16, loops: 1024 }, hardware: { workgroups: 4096, loops: 1024 } };

export async function measureRoofs(gpu: Gpu, repeats: number): Promise<MeasuredRoofs> {
  const { kind, limits } = gpu.facts;
  const fma = fmaRoof(FMA[kind].workgroups, FMA[kind].loops);
  const factors = new Float32Array([0.96875, 0.25]);
  const copied = Math.min(COPIED[kind], Math.floor(limits.maxStorageBufferBindingSize / 4096));
  const copy = copyRoof(copied);
  const shared = workgroupRoof(SHARED[kind].workgroups, SHARED[kind].loops);
  const rated = async (timed: ReturnType<typeof timeTask>, done: number): Promise<RoofResult> => {
    const { timing } = await timed;
    return { timing, rate: done / best(timing).median / 1e6 };
  };
  return {
    arithmetic: await rated(
      timeTask(gpu, repeats, { sized: fma, count: FMA[kind].workgroups, bound: [factors, fma.outputBytes] }),
      fma.flops,
    ),
    memory: await rated(
      timeTask(gpu, repeats, { sized: copy, count: copied, bound: [copied * 4096, copied * 4096] }),
      2 * copied * 4096,
    ),
    workgroup: await rated(
      timeTask(gpu, repeats, {
        sized: shared,
        count: SHARED[kind].workgroups,
        bound: [numbers(1024), shared.outputBytes],
      }),
      shared.bytesRead,
    ),
  };
}

/** The larger of two measurements: other work on the machine only takes away. */
export function larger(before: MeasuredRoofs, after: MeasuredRoofs): Roofs {
  return {
    arithmetic: Math.max(before.arithmetic.rate, after.arithmetic.rate),
    memory: Math.max(before.memory.rate, after.memory.rate),
  };
}
