import { fromHalves, type Storage, toHalves } from '../half.js';
import { groupsOfFour, type SizedKernel } from '../kernels/sized-kernel.js';
import type { Bounded } from './exact/bounded.js';

/** A kernel, what it is given, and what it has to answer. */
export interface KernelCase {
  readonly sized: SizedKernel;
  /** Views or images, as its grid counts. */
  readonly count: number;
  /** In the order of its bindings; computed when it is asked for, while the kernel is being compiled. */
  bound(): readonly Bound[];
}

type Bound = Float32Array | Uint32Array | Answer;

/** What a kernel has to write, number by number. */
export interface Answer extends Bounded {
  readonly storage: Storage;
  /** What stands there before it, where the kernel works in place. */
  readonly before?: Float32Array;
}

/** The largest error, in parts of what is allowed, and where that is. */
export interface Largest {
  /** Above 1 the answer is wrong; infinite where a number is not finite or had to be exact. */
  readonly share: number;
  readonly error: number;
  readonly allowed: number;
}

/** Rows of `channels` as they lie in memory: padded to groups of four with zeros, as f32 or as halves. */
export function stored(rows: Float32Array, channels: number, storage: Storage): Float32Array | Uint32Array {
  const padded = Float32Array.from(inGroups(rows, channels));
  return storage === 'f16' ? new Uint32Array(toHalves(padded).buffer) : padded;
}

/** The answer of rows of `channels`, whose padding has to be zeros. Halves are rounded once more. */
export function answer({ values, errors }: Bounded, channels: number, storage: Storage): Answer {
  const padded = inGroups(values, channels);
  const allowed = inGroups(errors, channels);
  const narrowed = (error: number, i: number) =>
    padded[i] === 0 && error === 0 ? 0 : error + (Math.abs(padded[i]!) + error) * 2 ** -11 + 2 ** -25;
  return { values: padded, errors: storage === 'f16' ? allowed.map(narrowed) : allowed, storage };
}

/** Numbers that lie one after another. */
export function plainAnswer({ values, errors }: Bounded): Answer {
  return { values, errors, storage: 'f32' };
}

/** Bytes that an answer takes. */
export function answerBytes({ values, storage }: Answer): number {
  return values.length * (storage === 'f16' ? 2 : 4);
}

/** @param bytes what the kernel wrote */
export function compare({ values, errors, storage }: Answer, bytes: ArrayBuffer): Largest {
  const found = storage === 'f16' ? fromHalves(new Uint16Array(bytes)) : new Float32Array(bytes);
  let largest: Largest = { share: 0, error: 0, allowed: 0 };
  for (let i = 0; i < values.length; i++) {
    const allowed = errors[i]!;
    if (allowed === Number.POSITIVE_INFINITY) continue;
    const error = Math.abs(found[i]! - values[i]!);
    if (error === 0) continue;
    const share = Number.isFinite(error) ? error / allowed : Number.POSITIVE_INFINITY;
    if (share > largest.share) largest = { share, error, allowed };
  }
  return largest;
}

function inGroups(rows: ArrayLike<number>, channels: number): Float64Array {
  const wide = 4 * groupsOfFour(channels);
  const padded = new Float64Array((rows.length / channels) * wide);
  for (let i = 0; i < rows.length; i++) padded[Math.floor(i / channels) * wide + (i % channels)] = rows[i]!;
  return padded;
}
