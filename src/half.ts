/** IEEE 754 binary16 ("half"): 11 significant bits, up to 65504, multiples of 2⁻²⁴ below 2⁻¹⁴. */

/** How numbers lie in memory: as float32, or as halves. */
export type Storage = 'f32' | 'f16';

/** Bytes of a group of four channels, as tensors are made of. */
export function groupBytes(storage: Storage): number {
  return storage === 'f16' ? 8 : 16;
}

type Words = Uint32Array<ArrayBuffer>;

/** Float32 bits of every pattern; 256 KiB, made at first use. */
let table: Words | undefined;

/** Halves as float32, bit for bit, NaN payloads included: bits are moved, as a load and store may quiet a signalling NaN. */
export function fromHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  table ??= Uint32Array.from({ length: 1 << 16 }, (_, bits) => halfToSingle(bits));
  const out = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]!]!;
  return new Float32Array(out.buffer);
}

/**
 * The halves nearest to float32 values, ties to even; from 65520 on infinity, subnormal halves kept, NaN a quiet NaN. The
 * bits of `narrow` in shaders/lib/stored.wgsl.
 */
export function toHalves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) out[i] = singleToHalf(words[i]!);
  return out;
}

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

function singleToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | shiftToEven(size - 0x38000000, 13);
  // A subnormal half counts in units of 2^-24; what is below half of one becomes 0.
  const exponent = size >> 23;
  return sign | (exponent < 102 ? 0 : shiftToEven((size & 0x7fffff) | 0x800000, 126 - exponent));
}

/** n / 2^by, rounded to the nearest whole number, ties to even. */
function shiftToEven(n: number, by: number): number {
  return (n + (1 << (by - 1)) - 1 + ((n >>> by) & 1)) >>> by;
}
