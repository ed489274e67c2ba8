import { MemgpuError } from '../errors.js';
import { type Checkpoint, checkRows, tensorOf } from './checkpoint.js';
import { dtypeBits } from './dtypes.js';
import { toFloat32 } from './float32.js';
import { quote } from './quote.js';
import {
  badSafetensors,
  headerLength,
  parseHeader,
  type SafetensorsHeader,
  type StoredTensor,
} from './safetensors-header.js';
import { type ByteSource, readExactly } from './source.js';

/** Read at once on opening: holds most headers, so that a remote file opens with one request. */
const FIRST_READ = 1 << 16;

/** A checkpoint in one safetensors file. */
export interface SafetensorsCheckpoint extends Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Opens a safetensors file: reads and validates its header, and no tensor. The checkpoint owns the source from here on:
 * it is closed with it, and where opening fails.
 *
 * @throws BAD_SAFETENSORS where the file breaks any rule of the format; IO where it cannot be read.
 */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsCheckpoint> {
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

class SafetensorsFile implements SafetensorsCheckpoint {
  readonly name: string;
  readonly bytes: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
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

  async #convert(tensor: StoredTensor, begin: number, end: number): Promise<Float32Array> {
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

function rowRange(file: string, tensor: StoredTensor, first: number, count: number): [begin: number, end: number] {
  const rows = checkRows(file, tensor, first, count);
  const rowBytes = rows === 0 ? 0 : (tensor.end - tensor.begin) / rows;
  if (!Number.isInteger(rowBytes)) {
    const { name, dtype, shape } = tensor;
    const of = `${file}: tensor ${quote(name)}, ${dtype} [${shape.join(', ')}]`;
    throw new MemgpuError(
      'SHAPE_MISMATCH',
      `${of}: a row is no whole number of bytes (${dtypeBits(dtype)} bits a value)`,
    );
  }
  return [tensor.begin + first * rowBytes, tensor.begin + (first + count) * rowBytes];
}
