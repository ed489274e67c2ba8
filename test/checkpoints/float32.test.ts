import { describe, expect, it } from 'vitest';
import type { Dtype } from '../../src/checkpoints/dtypes.js';
import { firstNonFinite } from '../../src/checkpoints/finite.js';
import { toFloat32 } from '../../src/checkpoints/float32.js';

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
const everyHalf = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** IEEE 754 by its definition: value = ±fraction · 2^exponent. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

describe('conversion to float32', () => {
  it('all 65,536 F16 patterns give their value, sign of zero included', () => {
    const values = toFloat32(bytesOf(everyHalf), 'F16')!;
    const wrong = [...everyHalf].filter((bits) => !Object.is(values[bits], halfValue(bits)));
    expect(wrong).toEqual([]);
  });

  it('F16 keeps sign and payload of NaN', () => {
    const bits = bitsOf(toFloat32(bytesOf(Uint16Array.of(0x7c01, 0xfe55)), 'F16')!);
    expect([...bits]).toEqual([0x7f802000, 0xffcaa000]);
  });

  it('all BF16 patterns are the upper half of float32', () => {
    const bits = bitsOf(toFloat32(bytesOf(everyHalf), 'BF16')!);
    expect([...bits].every((value, i) => value === i * 65536)).toBe(true);
  });

  it('F32 keeps every bit, signalling NaN included', () => {
    const bits = Uint32Array.of(0x7f800001, 0xffbfffff, 1, 0x80000000);
    expect(bitsOf(toFloat32(bytesOf(bits), 'F32')!)).toEqual(bits);
  });

  const samples: [Dtype, ArrayBufferView, number[]][] = [
    ['F64', Float64Array.of(1 / 3, -1e300, 1e-50, -0), [Math.fround(1 / 3), Number.NEGATIVE_INFINITY, 0, -0]],
    ['BOOL', Uint8Array.of(0, 1, 2, 255), [0, 1, 1, 1]],
    ['U8', Uint8Array.of(0, 255), [0, 255]],
    ['I8', Int8Array.of(-128, 127), [-128, 127]],
    ['U16', Uint16Array.of(0, 65535), [0, 65535]],
    ['I16', Int16Array.of(-32768, 32767), [-32768, 32767]],
    ['U32', Uint32Array.of(16777217, 16777219, 4294967295), [16777216, 16777220, 4294967296]],
    ['I32', Int32Array.of(-16777217, 2147483647), [-16777216, 2147483648]],
    ['U64', BigUint64Array.of(5n, 2n ** 64n - 1n), [5, 2 ** 64]],
    ['I64', BigInt64Array.of(-7n, -(2n ** 63n)), [-7, -(2 ** 63)]],
  ];
  for (const [dtype, array, expected] of samples) {
    it(`${dtype} rounds to the nearest float32, at any alignment`, () => {
      for (let shift = 0; shift < 8; shift++) {
        const buffer = new Uint8Array(array.byteLength + 8);
        buffer.set(bytesOf(array), shift);
        expect([...toFloat32(buffer.subarray(shift, shift + array.byteLength), dtype)!]).toEqual(expected);
      }
    });
  }

  it('the types without a conversion give none', () => {
    for (const dtype of ['F4', 'F6_E2M3', 'F6_E3M2', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'C64'] as const) {
      expect(toFloat32(new Uint8Array(8), dtype)).toBeUndefined();
    }
  });
});

describe('firstNonFinite', () => {
  it('finds each kind of NaN and infinity at its index, and nothing else', () => {
    const finite = Float32Array.of(0, -0, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -1);
    expect(firstNonFinite(finite)).toBe(-1);
    expect(firstNonFinite(new Float32Array(0))).toBe(-1);
    for (const bits of [0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff]) {
      for (let at = 0; at < 9; at++) {
        const values = new Float32Array(9).fill(1);
        bitsOf(values)[at] = bits;
        expect(firstNonFinite(values)).toBe(at);
        expect(firstNonFinite(values.subarray(at))).toBe(0);
      }
    }
  });
});
