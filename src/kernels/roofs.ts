import copy from '../../shaders/bench-copy.wgsl';
import fma from '../../shaders/bench-fma.wgsl';
import nothing from '../../shaders/bench-nothing.wgsl';
import workgroup from '../../shaders/bench-workgroup.wgsl';
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

/** Values of four that each workgroup reads from its own memory in one turn: 64 threads, four each. */
const READ_PER_TURN = 256;

export interface WorkgroupRoof extends SizedKernel {
  /** Read from workgroup memory, in all. */
  readonly bytesRead: number;
  readonly outputBytes: number;
}

/** Reads of workgroup memory. Bindings: input [256] vec4f, output. Grid by workgroups of 64. */
export function workgroupRoof(workgroups: number, loops: number): WorkgroupRoof {
  const sized = sizedKernel(
    `roof workgroup ${workgroups}x64x${loops}`,
    workgroup,
    { GROUPS: workgroups, LOOPS: loops },
    ['read', 'write'],
    (count) => [count, 1, 1],
  );
  return { ...sized, bytesRead: workgroups * loops * READ_PER_TURN * 16, outputBytes: workgroups * 1024 };
}

/** A kernel of `workgroups` · 64 threads that do next to nothing. Bindings: output [64] u32. Grid by workgroups. */
export function nothingKernel(workgroups: number): SizedKernel {
  return sizedKernel(`nothing ${workgroups}x64`, nothing, { LAST: workgroups - 1 }, ['write'], (count) => [
    count,
    1,
    1,
  ]);
}
