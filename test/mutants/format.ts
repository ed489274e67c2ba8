import type { ByteSource } from '../../src/checkpoints/source.js';
import type { ErrorCode } from '../../src/errors.js';

/** Numbers in [0, 2^32), one after another. */
export type Random = () => number;

/** A kind of file or text that strangers write, with its mutants and what is true of all that load. */
export interface Format {
  readonly name: string;
  /** Codes that a refusal may have. */
  readonly codes: readonly ErrorCode[];
  /** A mutant's bytes; the same for the same numbers. */
  make(next: Random): Uint8Array;
  /**
   * Loads the mutant whole through `source`, and closes it. Throws a plain error where what was loaded is wrong.
   *
   * @param file what the source holds
   * @param made is to be told the size in bytes of each array that loading gave
   */
  load(source: ByteSource, file: Uint8Array, made: (bytes: number) => void): Promise<void>;
  /** The largest array in bytes that a file of this size may make. */
  largest(fileBytes: number): number;
}

export function pick<T>(from: readonly T[], next: Random): T {
  return from[next() % from.length]!;
}

/** Throws what the runner reports as a finding. */
export function mustHold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
