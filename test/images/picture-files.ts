import { readFileSync } from 'node:fs';
import { crc32 } from '../../src/images/crc32.js';
import type { Picture } from '../../src/images/image.js';

/** A file of the decoders' golden folder. */
export const golden = (file: string) =>
  new Uint8Array(readFileSync(new URL(`../golden/decoding/${file}`, import.meta.url)));

export function bytes(...parts: readonly (Uint8Array | readonly number[] | string)[]): Uint8Array {
  const arrays = parts.map((part) =>
    typeof part === 'string' ? new TextEncoder().encode(part) : Uint8Array.from(part),
  );
  const all = new Uint8Array(arrays.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of arrays) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const u32 = (value: number, little = false) => {
  const big = [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  return little ? big.reverse() : big;
};

export const pngChunk = (type: string, data: Uint8Array | readonly number[]) =>
  bytes(u32(data.length), type, data, u32(crc32(bytes(type, data))));

/** An EXIF block (from its TIFF header on) that says only how the picture is turned. */
export function exif(orientation: number, little = true): Uint8Array {
  const u16 = (value: number) => (little ? [value & 255, value >> 8] : [value >> 8, value & 255]);
  const entry = [...u16(0x0112), ...u16(3), ...u32(1, little), ...u16(orientation), 0, 0];
  return bytes(little ? 'II' : 'MM', u16(42), u32(8, little), u16(1), entry, u32(0));
}

/** The same JPEG with an EXIF segment after its start. */
export function withExif(jpeg: Uint8Array, block: Uint8Array): Uint8Array {
  const length = 2 + 6 + block.length;
  return bytes([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 255], 'Exif\0\0', block, jpeg.subarray(2));
}

/** Position after the marker FF `marker`. */
export function afterMarker(jpeg: Uint8Array, marker: number): number {
  for (let at = 0; at + 1 < jpeg.length; at++) if (jpeg[at] === 0xff && jpeg[at + 1] === marker) return at + 2;
  throw new Error(`no marker ${marker}`);
}

export function rgbaOf(picture: Picture): Uint8Array {
  if (!('rgba' in picture)) throw new Error('the picture has no bytes');
  return picture.rgba;
}

/** Red, green, blue of a pixel. */
export function pixel(picture: Picture, x: number, y: number): number[] {
  const at = 4 * (y * picture.width + x);
  return [...rgbaOf(picture).subarray(at, at + 3)];
}

/** Seeded numbers for tests (Marsaglia's xorshift32): u32. */
export function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
