import type { Gpu } from '../src/gpu/gpu.js';
import type { SizedKernel } from '../src/kernels/sized-kernel.js';
import type { Work } from './roofline.js';
import { type Timing, timeDispatches } from './timing.js';

/** What is bound: data, the bytes of a buffer that starts as zeros, or of one that is read and written in place. */
export type Bound = Float32Array | Uint32Array | number | { readonly inPlace: number };

/** A kernel made for an adapter, with what it runs on. */
export interface Task {
  readonly sized: SizedKernel;
  /** What its grid is made for: views, images or workgroups. */
  readonly count: number;
  /** In the order of its bindings. */
  readonly bound: readonly Bound[];
  readonly flops: number;
  /** Where it is not all that is bound, once: a kernel that leaves out part of its input. */
  readonly bytes?: number;
}

/** A row of the benchmark. */
export interface Case {
  /** Operation, shape and batch, such as 'conv 3x3/1 64>64 @32 b32'; equal names are equal work. */
  readonly name: string;
  /** Made when it is measured, and let go after. @throws BAD_OPTION where the adapter cannot hold it */
  make(gpu: Gpu): Task;
}

export interface CaseResult extends Work {
  readonly name: string;
  /** The kernel that the adapter gets. */
  readonly kernel: string;
  readonly timing: Timing;
  readonly compileMs: number;
}

/** Runs a case to warm up, then `repeats` times. */
export async function measureCase(gpu: Gpu, { name, make }: Case, repeats: number): Promise<CaseResult> {
  const task = make(gpu);
  const { timing, compileMs } = await timeTask(gpu, repeats, task);
  return { name, kernel: task.sized.kernel.label, flops: task.flops, bytes: bytesOf(task), timing, compileMs };
}

/** Compiles a kernel, fills its buffers, and times it. */
export async function timeTask(
  gpu: Gpu,
  repeats: number,
  { sized, count, bound }: Pick<Task, 'sized' | 'count' | 'bound'>,
): Promise<{ readonly timing: Timing; readonly compileMs: number }> {
  const { bindings, label } = sized.kernel;
  using allocation = await gpu.allocate(
    bound.map((part, i) => ({
      label: `${label}: ${i}`,
      bytes: Math.max(16, storedBytes(part)),
      usage: bindings[i] === 'uniform' ? 'uniform' : 'storage',
    })),
  );
  bound.forEach((part, i) => {
    if (typeof part !== 'number' && !('inPlace' in part)) gpu.write(allocation.buffers[i]!, part);
  });
  const start = performance.now();
  const [pipeline] = await gpu.compile([sized.kernel]);
  const compileMs = performance.now() - start;
  const dispatched = gpu.bind(pipeline!, allocation.buffers);
  const record = (times: number) => {
    const recording = gpu.record();
    for (let i = 0; i < times; i++) recording.dispatch(dispatched, sized.grid(count));
    return recording;
  };
  return { timing: await timeDispatches(gpu, record, repeats), compileMs };
}

/** Bytes that a task must move. */
export function bytesOf({ bound, bytes }: Pick<Task, 'bound' | 'bytes'>): number {
  return bytes ?? bound.reduce((sum: number, part) => sum + movedBytes(part), 0);
}

function movedBytes(part: Bound): number {
  return storedBytes(part) * (typeof part === 'object' && 'inPlace' in part ? 2 : 1);
}

function storedBytes(part: Bound): number {
  if (typeof part === 'number') return part;
  return 'inPlace' in part ? part.inPlace : part.byteLength;
}
