import { MemgpuError } from '../errors.js';
import { fromHalves } from '../half.js';
import type { Dtype } from './dtypes.js';

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
      return fromHalves(viewOf(bytes, Uint16Array));
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
