import { MemgpuError } from '../errors.js';
import type { Dtype } from './dtypes.js';
import { quote } from './quote.js';

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
}

/** Named tensors in one or several files. Values are not judged: NaN and infinity come through as they are. */
export interface Checkpoint {
  readonly name: string;
  /** Size of the file or files. */
  readonly bytes: number;
  readonly metadata: ReadonlyMap<string, string>;
  /**
   * Of a PyTorch file: the keys that lead to the dict whose tensors these are, joined by dots, such as `state_dict`; empty
   * where the file is that dict.
   */
  readonly wrapper?: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * All values of a tensor, row-major. F16, BF16 and small integers convert exactly; F64, I32, U32, I64, U64 round to the
   * nearest float32 (64-bit integers by way of float64); BOOL gives 0 and 1.
   *
   * @throws MISSING_TENSOR; BAD_SAFETENSORS, BAD_PYTORCH for F4, F6, F8 and C64, which are not converted; IO; OUT_OF_MEMORY.
   */
  readF32(name: string): Promise<Float32Array>;
  /** As readF32, `count` rows of the first axis from row `first`. @throws SHAPE_MISMATCH where the tensor lacks them. */
  readRows(name: string, first: number, count: number): Promise<Float32Array>;
  /**
   * The values of a tensor of any type as they are stored, row-major, little-endian, or of `count` (all others when left out) rows of the first axis from `firstRow`.
   *
   * @throws MISSING_TENSOR; SHAPE_MISMATCH where the tensor lacks these rows or a row is no whole number of bytes; IO.
   */
  readBytes(name: string, firstRow?: number, count?: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** @throws MISSING_TENSOR naming the file and some of the names that it has. */
export function tensorOf<T extends TensorInfo>(
  checkpoint: { readonly name: string; readonly tensors: ReadonlyMap<string, T> },
  name: string,
): T {
  const tensor = checkpoint.tensors.get(name);
  if (tensor === undefined) {
    const some = [...checkpoint.tensors.keys()].slice(0, 5).map(quote);
    const more = checkpoint.tensors.size > some.length ? ', …' : '';
    throw new MemgpuError('MISSING_TENSOR', `${checkpoint.name} has no tensor ${quote(name)}`, {
      hint: some.length === 0 ? 'It has no tensors at all.' : `It has ${some.join(', ')}${more}.`,
    });
  }
  return tensor;
}

/** @returns the length of the first axis @throws SHAPE_MISMATCH unless it holds `count` rows from `first`. */
export function checkRows(file: string, tensor: TensorInfo, first: number, count: number): number {
  const { name, dtype, shape } = tensor;
  const rows = shape[0];
  const of = `${file}: tensor ${quote(name)}, ${dtype} [${shape.join(', ')}]`;
  if (rows === undefined) throw new MemgpuError('SHAPE_MISMATCH', `${of} is a scalar and has no rows`);
  if (!(Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0 && first + count <= rows)) {
    throw new MemgpuError('SHAPE_MISMATCH', `${of} has no ${count} rows from row ${first}`);
  }
  return rows;
}
