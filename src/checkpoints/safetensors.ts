import { MemgpuError } from '../errors.js';
import type { Checkpoint, TensorInfo } from './checkpoint.js';
import { dtypeBits } from './dtypes.js';
import { toFloat32 } from './float32.js';
import { quote } from './quote.js';
import { badSafetensors, headerLength, parseHeader, type SafetensorsHeader } from './safetensors-header.js';
import type { ByteSource } from './source.js';

/** Read at once on opening: holds most headers, so that a remote file opens with one request. */
const FIRST_READ = 1 << 16;

/**
 * Opens a safetensors file: reads and validates its header, and no tensor. The checkpoint owns the source from here on:
 * it is closed with it, and where opening fails.
 *
 * @throws BAD_SAFETENSORS where the file breaks any rule of the format; IO where it cannot be read.
 */
export async function openSafetensors(source: ByteSource): Promise<Checkpoint> {
  try {
    const start = await readExactly(source, 0, Math.min(source.size, FIRST_READ));
    const length = headerLength(source.name, start, source.size);
    const header =
      8 + length <= start.byteLength ? start.subarray(8, 8 + length) : await readExactly(source, 8, length);
    return new SafetensorsFile(source, parseHeader(source.name, header, source.size));
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

class SafetensorsFile implements Checkpoint {
  readonly name: string;
  readonly bytes: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #source: ByteSource;

  constructor(source: ByteSource, header: SafetensorsHeader) {
    this.#source = source;
    this.name = source.name;
    this.bytes = source.size;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
  }

  async readF32(name: string): Promise<Float32Array> {
    const tensor = tensorOf(this, name);
    return this.#convert(tensor, tensor.begin, tensor.end);
  }

  async readRows(name: string, first: number, count: number): Promise<Float32Array> {
    const tensor = tensorOf(this, name);
    const [begin, end] = rowRange(this.name, tensor, first, count);
    return this.#convert(tensor, begin, end);
  }

  async readBytes(name: string, firstRow?: number, count?: number): Promise<Uint8Array> {
    const tensor = tensorOf(this, name);
    const all = firstRow === undefined && count === undefined;
    const first = firstRow ?? 0;
    const [begin, end] = all
      ? [tensor.begin, tensor.end]
      : rowRange(this.name, tensor, first, count ?? (tensor.shape[0] ?? 0) - first);
    return readExactly(this.#source, begin, end - begin);
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }

  async #convert(tensor: TensorInfo, begin: number, end: number): Promise<Float32Array> {
    const { name, dtype } = tensor;
    // Refused before its bytes are read.
    if (toFloat32(new Uint8Array(0), dtype) === undefined) {
      throw badSafetensors(
        this.name,
        `tensor ${quote(name)} has the dtype ${dtype}, which is not converted to float32`,
      );
    }
    return toFloat32(await readExactly(this.#source, begin, end - begin), dtype)!;
  }
}

/** @throws MISSING_TENSOR naming the file and some of the names that it has. */
export function tensorOf(checkpoint: Checkpoint, name: string): TensorInfo {
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

function rowRange(file: string, tensor: TensorInfo, first: number, count: number): [begin: number, end: number] {
  const { name, dtype, shape } = tensor;
  const rows = shape[0];
  const of = `${file}: tensor ${quote(name)}, ${dtype} [${shape.join(', ')}]`;
  if (rows === undefined) throw new MemgpuError('SHAPE_MISMATCH', `${of} is a scalar and has no rows`);
  if (!(Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0 && first + count <= rows)) {
    throw new MemgpuError('SHAPE_MISMATCH', `${of} has no ${count} rows from row ${first}`);
  }
  const rowBytes = rows === 0 ? 0 : (tensor.end - tensor.begin) / rows;
  if (!Number.isInteger(rowBytes)) {
    throw new MemgpuError(
      'SHAPE_MISMATCH',
      `${of}: a row is no whole number of bytes (${dtypeBits(dtype)} bits a value)`,
    );
  }
  return [tensor.begin + first * rowBytes, tensor.begin + (first + count) * rowBytes];
}

/** Sources can be supplied from outside; one that keeps to its contract passes. */
async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.byteLength !== length) {
    throw new MemgpuError('IO', `${source.name}: gave ${bytes.byteLength} of ${length} bytes at ${offset}`);
  }
  return bytes;
}
