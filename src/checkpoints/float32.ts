import { MemgpuError } from '../errors.js';
import type { Dtype } from './dtypes.js';

type Words = Uint32Array<ArrayBuffer>;

/** Float32 bits of every F16 bit pattern; 256 KiB, made at first use. */
let halfTable: Words | undefined;

/**
 * Little-endian elements of a type as float32, bit for bit where float32 holds them (NaN payloads of F16, BF16 and F32
 * included). A whole-word F32 input is not copied.
 *
 * @returns undefined for the types that have no conversion (F4, F6, F8, C64).
 * @throws OUT_OF_MEMORY where the result does not fit.
 */
export function toFloat32(bytes: Uint8Array, dtype: Dtype): Float32Array | undefined {
  try {
    return convert(bytes, dtype);
  } catch (cause) {
    throw new MemgpuError('OUT_OF_MEMORY', `${bytes.byteLength} bytes of ${dtype} do not fit into memory as float32`, {
      hint: 'Read fewer rows at a time.',
      cause,
    });
  }
}

function convert(bytes: Uint8Array, dtype: Dtype): Float32Array | undefined {
  switch (dtype) {
    case 'F32':
      return viewOf(bytes, Float32Array);
    case 'F16':
      return fromHalf(viewOf(bytes, Uint16Array));
    case 'BF16':
      return fromBfloat(viewOf(bytes, Uint16Array));
    case 'F64':
      return new Float32Array(viewOf(bytes, Float64Array));
    case 'BOOL':
      return new Float32Array(bytes.map((value) => (value === 0 ? 0 : 1)));
    case 'U8':
      return new Float32Array(bytes);
    case 'I8':
      return new Float32Array(viewOf(bytes, Int8Array));
    case 'I16':
      return new Float32Array(viewOf(bytes, Int16Array));
    case 'U16':
      return new Float32Array(viewOf(bytes, Uint16Array));
    case 'I32':
      return new Float32Array(viewOf(bytes, Int32Array));
    case 'U32':
      return new Float32Array(viewOf(bytes, Uint32Array));
    case 'I64':
      return fromBigInts(viewOf(bytes, BigInt64Array));
    case 'U64':
      return fromBigInts(viewOf(bytes, BigUint64Array));
    default:
      return undefined;
  }
}

/** The format does not align data: what is not at a multiple of the element's size is copied first. */
function viewOf<T>(
  bytes: Uint8Array,
  type: { new (buffer: ArrayBufferLike, offset: number, length: number): T; BYTES_PER_ELEMENT: number },
): T {
  const size = type.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new type(aligned.buffer, aligned.byteOffset, bytes.byteLength / size);
}

/** Bits, not values, are moved: a load and store of a signalling NaN as a float may quiet it. */
function fromHalf(halves: Uint16Array): Float32Array {
  halfTable ??= makeHalfTable();
  const table = halfTable;
  const out = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]!]!;
  return new Float32Array(out.buffer);
}

function makeHalfTable(): Words {
  const table = new Uint32Array(1 << 16);
  for (let bits = 0; bits < table.length; bits++) table[bits] = halfToSingle(bits);
  return table;
}

/** IEEE 754 binary16 bits → binary32 bits. */
function halfToSingle(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  // A subnormal, fraction · 2^-24, is normal in float32: its highest bit becomes the hidden one.
  const shift = Math.clz32(fraction) - 21;
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)) >>> 0;
}

function fromBfloat(values: Uint16Array): Float32Array {
  const out = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = values[i]! << 16;
  return new Float32Array(out.buffer);
}

function fromBigInts(values: BigInt64Array | BigUint64Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = Number(values[i]!);
  return out;
}
