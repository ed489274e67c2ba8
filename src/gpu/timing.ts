/** GPU time by kernel, from timestamps at the ends of passes that hold one dispatch each. */
import { BufferUsage } from './flags.js';
import type { KernelTime } from './gpu.js';
import type { Landing } from './readback.js';

/** WebGPU allows 4096 queries in a set; a pass needs two. */
export const MOST_TIMED = 2048;
const BYTES_PER_PASS = 16;

/** The timestamps of one submit. */
export class TimedSubmit {
  readonly bytes: number;
  readonly #labels: readonly string[];
  readonly #set: GPUQuerySet;
  readonly #resolved: GPUBuffer;

  /** @param labels the kernels of the passes, in order */
  constructor(device: GPUDevice, labels: readonly string[]) {
    this.#labels = labels;
    this.bytes = labels.length * BYTES_PER_PASS;
    this.#set = device.createQuerySet({ label: 'kernel times', type: 'timestamp', count: labels.length * 2 });
    this.#resolved = device.createBuffer({
      label: 'kernel times',
      size: this.bytes,
      usage: BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC,
    });
  }

  writes(pass: number): GPUComputePassTimestampWrites {
    return { querySet: this.#set, beginningOfPassWriteIndex: 2 * pass, endOfPassWriteIndex: 2 * pass + 1 };
  }

  resolve(encoder: GPUCommandEncoder, landing: Landing): void {
    encoder.resolveQuerySet(this.#set, 0, this.#labels.length * 2, this.#resolved, 0);
    landing.copy(encoder, this.#resolved, 0, this.bytes);
  }

  /** Adds what came back. A pass whose clock was reset within it (end not after its beginning) counts as 0. */
  add(times: KernelTimes, bytes: ArrayBuffer): void {
    const stamps = new BigUint64Array(bytes);
    for (const [i, label] of this.#labels.entries()) {
      const nanoseconds = Number(stamps[2 * i + 1]! - stamps[2 * i]!);
      times.add(label, Math.max(0, nanoseconds));
    }
  }

  dispose(): void {
    this.#set.destroy();
    this.#resolved.destroy();
  }
}

/** Sums by label, in order of first appearance. */
export class KernelTimes {
  readonly #sums = new Map<string, { dispatches: number; nanoseconds: number }>();

  add(label: string, nanoseconds: number): void {
    const sum = this.#sums.get(label) ?? { dispatches: 0, nanoseconds: 0 };
    this.#sums.set(label, { dispatches: sum.dispatches + 1, nanoseconds: sum.nanoseconds + nanoseconds });
  }

  clear(): void {
    this.#sums.clear();
  }

  list(): KernelTime[] {
    return [...this.#sums].map(([label, sum]) => ({ label, ...sum }));
  }
}
