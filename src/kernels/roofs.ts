import copy from '../../shaders/bench-copy.wgsl';
import fma from '../../shaders/bench-fma.wgsl';
import { type SizedKernel, sizedKernel } from './sized-kernel.js';

/** Steps of each of the 12 sums in one turn of the loop. */
const STEPS = 128;
const THREADS = 64;

/** What a kernel does at most on an adapter: the benchmark measures every other one against these. */
export interface FmaRoof extends SizedKernel {
  readonly flops: number;
  readonly outputBytes: number;
}

/** Multiplications and additions in registers. Bindings: factors (x, y), output. Grid by workgroups of 64. */
export function fmaRoof(workgroups: number, loops: number): FmaRoof {
  const threads = workgroups * THREADS;
  const sized = sizedKernel(
    `roof fma ${workgroups}x${THREADS}x${loops}`,
    fma,
    { THREADS: threads, LOOPS: loops, STEPS },
    ['read', 'write'],
    (count) => [count, 1, 1],
  );
  return { ...sized, flops: threads * loops * STEPS * 24, outputBytes: threads * 4 };
}

/** Elements of four values that a workgroup copies. */
export const COPIED_PER_WORKGROUP = 256;

/** A copy of `workgroups` · 4 KiB. Bindings: input, output. Grid by workgroups. */
export function copyRoof(workgroups: number): SizedKernel {
  return sizedKernel(
    `roof copy ${workgroups * COPIED_PER_WORKGROUP}`,
    copy,
    { LENGTH4: workgroups * COPIED_PER_WORKGROUP },
    ['read', 'write'],
    (count) => [count, 1, 1],
  );
}
