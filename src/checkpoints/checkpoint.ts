import type { Dtype } from './dtypes.js';

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  /** The tensor's bytes lie in [begin, end) of its file, row-major, little-endian. */
  readonly begin: number;
  readonly end: number;
}

/** Named tensors in one or several files. Values are not judged: NaN and infinity come through as they are. */
export interface Checkpoint {
  readonly name: string;
  /** Size of the file or files. */
  readonly bytes: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * All values of a tensor, row-major. F16, BF16 and small integers convert exactly; F64, I32, U32, I64, U64 round to the
   * nearest float32 (64-bit integers by way of float64); BOOL gives 0 and 1.
   *
   * @throws MISSING_TENSOR; BAD_SAFETENSORS for F4, F6, F8 and C64, which are not converted; IO; OUT_OF_MEMORY.
   */
  readF32(name: string): Promise<Float32Array>;
  /** As readF32, `count` rows of the first axis from row `first`. @throws SHAPE_MISMATCH where the tensor lacks them. */
  readRows(name: string, first: number, count: number): Promise<Float32Array>;
  /**
   * The stored bytes of a tensor of any type, or of `count` (all others when left out) rows of the first axis from `firstRow`.
   *
   * @throws MISSING_TENSOR; SHAPE_MISMATCH where the tensor lacks these rows or a row is no whole number of bytes; IO.
   */
  readBytes(name: string, firstRow?: number, count?: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
