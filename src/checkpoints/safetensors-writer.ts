import { MemgpuError } from '../errors.js';
import { type Dtype, dtypeBits, tensorBits } from './dtypes.js';
import { quote } from './quote.js';
import { HEADER_MAX, METADATA_KEY, RANK_MAX } from './safetensors-header.js';

export interface TensorSpec {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** `data` has the dtype's own array type, or is raw bytes; F16 and BF16 bit patterns come as Uint16Array. */
export interface TensorData extends TensorSpec {
  readonly data: ArrayBufferView;
}

/** Where everything goes in a safetensors file whose sizes are known before its values. */
export interface SafetensorsLayout {
  /** The file's first bytes: length field and header. */
  readonly header: Uint8Array;
  /** Size of the whole file. */
  readonly bytes: number;
  /** By tensor name: position in the file of its first byte, and its size. */
  readonly tensors: ReadonlyMap<string, { readonly offset: number; readonly bytes: number }>;
}

/** The typed array of each element type, by its own name. */
const ARRAY_OF: Partial<Record<Dtype, readonly string[]>> = {
  BOOL: ['Uint8Array'],
  U8: ['Uint8Array', 'Uint8ClampedArray'],
  I8: ['Int8Array'],
  U16: ['Uint16Array'],
  I16: ['Int16Array'],
  F16: ['Uint16Array', 'Float16Array'],
  BF16: ['Uint16Array'],
  U32: ['Uint32Array'],
  I32: ['Int32Array'],
  F32: ['Float32Array'],
  U64: ['BigUint64Array'],
  I64: ['BigInt64Array'],
  F64: ['Float64Array'],
};

/**
 * Plans a file: tensors by alignment, widest first, then by name, behind a header padded to a multiple of 8; so every
 * tensor is aligned in the file. Write `header` at 0 and rows at their positions, in any order.
 *
 * @throws BAD_OPTION naming the tensor for a name that comes twice or cannot be written, or a shape that is none.
 */
export function layOutSafetensors(
  tensors: Iterable<TensorSpec>,
  metadata: Readonly<Record<string, string>> = {},
): SafetensorsLayout {
  const sorted = [...tensors].sort(
    (a, b) => alignment(b.dtype) - alignment(a.dtype) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const entries: string[] = [];
  if (Object.keys(metadata).length > 0) entries.push(`"${METADATA_KEY}":${metadataJson(metadata)}`);
  const places = new Map<string, { offset: number; bytes: number }>();
  let end = 0;
  for (const { name, dtype, shape } of sorted) {
    if (places.has(name)) throw refuse(name, 'comes twice');
    if (name === METADATA_KEY || !isWellFormed(name)) throw refuse(name, 'has a name that the format cannot hold');
    const bits = shape.every((size) => Number.isSafeInteger(size) && size >= 0) ? tensorBits(dtype, shape) : undefined;
    const bytes = (bits ?? Number.NaN) / 8;
    if (shape.length > RANK_MAX || !Number.isSafeInteger(bytes) || !Number.isSafeInteger(end + bytes)) {
      throw refuse(name, `has a shape [${shape.join(', ')}] that the format cannot hold as ${dtype}`);
    }
    places.set(name, { offset: end, bytes });
    const record = JSON.stringify({ dtype, shape, data_offsets: [end, end + bytes] });
    entries.push(`${JSON.stringify(name)}:${record}`);
    end += bytes;
  }
  const header = encodeHeader(`{${entries.join(',')}}`);
  for (const place of places.values()) place.offset += header.byteLength;
  return { header, bytes: header.byteLength + end, tensors: places };
}

/**
 * A file as parts, one after another: its header, then its tensors in the order in which they lie in it. A tensor's data
 * are asked for when their turn comes, so they may be made then.
 *
 * @throws BAD_OPTION as layOutSafetensors, and where data does not fit its dtype or shape.
 */
export function* safetensorsParts(
  tensors: Iterable<TensorData>,
  metadata?: Readonly<Record<string, string>>,
): Generator<Uint8Array, void, undefined> {
  const byName = new Map<string, TensorData>();
  const all = [...tensors];
  const layout = layOutSafetensors(all, metadata);
  for (const tensor of all) byName.set(tensor.name, tensor);
  yield layout.header;
  for (const [name, { bytes }] of layout.tensors) {
    const tensor = byName.get(name)!;
    const { dtype, shape, data } = tensor;
    const kind = Object.prototype.toString.call(data).slice(8, -1);
    if (kind !== 'Uint8Array' && ARRAY_OF[dtype]?.includes(kind) !== true) {
      throw refuse(name, `is ${dtype} and its data are a ${kind}`);
    }
    if (data.byteLength !== bytes) {
      throw refuse(name, `is ${dtype} [${shape.join(', ')}], ${bytes} bytes, and its data have ${data.byteLength}`);
    }
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

/**
 * A whole file in memory. The result, read back, gives the same bits.
 *
 * @throws BAD_OPTION as safetensorsParts
 */
export function writeSafetensors(
  tensors: Iterable<TensorData>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const parts = [...safetensorsParts(tensors, metadata)];
  const file = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.byteLength;
  }
  return file;
}

/** Bytes at a multiple of which a value should lie. */
function alignment(dtype: Dtype): number {
  return dtype === 'C64' ? 4 : Math.ceil(dtypeBits(dtype) / 8);
}

function encodeHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.byteLength / 8) * 8;
  if (length > HEADER_MAX) {
    throw new MemgpuError('BAD_OPTION', `a safetensors header of ${length} bytes is above the limit of ${HEADER_MAX}`);
  }
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

function metadataJson(metadata: Readonly<Record<string, string>>): string {
  const entries = Object.entries(metadata).map(([key, value]) => {
    if (typeof value !== 'string' || !isWellFormed(key) || !isWellFormed(value)) {
      throw new MemgpuError('BAD_OPTION', `the metadata ${quote(key)} is no string that the format can hold`);
    }
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return `{${entries.join(',')}}`;
}

/** Half of a surrogate pair cannot be written as UTF-8. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function refuse(name: string, what: string): MemgpuError {
  return new MemgpuError('BAD_OPTION', `tensor ${quote(name)} ${what}`);
}
