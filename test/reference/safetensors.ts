/** A plain safetensors writer and reader for tests, written apart from `src/checkpoints`. Knows F32, F16, BF16, I32 and U8. */

export interface RefTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** The bytes of a file that holds the tensors in the given order, as F32 or I32. */
export function writeSafetensors(tensors: ReadonlyMap<string, RefTensor>): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    const dtype = data instanceof Int32Array ? 'I32' : 'F32';
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + end).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(text, 8);
  let at = 8 + padded;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** All tensors of a well-formed file; F16, BF16 and U8 are widened exactly. */
export function readSafetensors(file: Uint8Array): Map<string, RefTensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, RefTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    // A copy: Buffer's own slice would share memory.
    const bytes = Uint8Array.from(file.subarray(8 + length + data_offsets[0], 8 + length + data_offsets[1]));
    if (dtype === 'F32') tensors.set(name, { shape, data: new Float32Array(bytes.buffer) });
    else if (dtype === 'I32') tensors.set(name, { shape, data: new Int32Array(bytes.buffer) });
    else if (dtype === 'U8') tensors.set(name, { shape, data: Float32Array.from(bytes) });
    else if (dtype === 'F16')
      tensors.set(name, { shape, data: Float32Array.from(new Uint16Array(bytes.buffer), halfToNumber) });
    else if (dtype === 'BF16')
      tensors.set(name, {
        shape,
        data: new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (bits) => bits << 16).buffer),
      });
    else throw new Error(`${name}: this reader knows no ${dtype}`);
  }
  return tensors;
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
