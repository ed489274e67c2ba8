import { crc32 } from './crc32.js';
import type { Picture } from './image.js';

/**
 * A small copy of a picture as `data:image/png;base64,…`, for reports. Larger pictures shrink to `maxSide` (each pixel
 * the mean of those it covers), smaller ones keep their size. The pixels are stored, not compressed: at most 37 KB.
 *
 * @param maxSide pixels per side, at most 96
 */
export function thumbnail(picture: Picture, maxSide = 96): string {
  const { width, height } = picture;
  const scale = Math.min(1, Math.min(maxSide, 96) / Math.max(width, height));
  const outWidth = Math.max(1, Math.round(width * scale));
  const outHeight = Math.max(1, Math.round(height * scale));
  return `data:image/png;base64,${base64(encodePng(shrink(picture, outWidth, outHeight), outWidth, outHeight))}`;
}

/** Rows as PNG stores them: a filter byte (0, none), then red, green, blue of each pixel. */
function shrink(picture: Picture, outWidth: number, outHeight: number): Uint8Array {
  const { width, height } = picture;
  const value =
    'rgba' in picture
      ? (pixel: number, channel: number) => picture.rgba[4 * pixel + channel]!
      : (pixel: number, channel: number) => 255 * picture.rgb[channel * width * height + pixel]!;
  const rows = new Uint8Array(outHeight * (1 + 3 * outWidth));
  for (let y = 0, to = 0; y < outHeight; y++) {
    const [top, bottom] = covered(y, outHeight, height);
    to++;
    for (let x = 0; x < outWidth; x++) {
      const [left, right] = covered(x, outWidth, width);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) sum += value(row * width + column, channel);
        }
        rows[to++] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return rows;
}

/** Source pixels [from, to) that pixel i of `out` covers, of `size`. */
function covered(i: number, out: number, size: number): [number, number] {
  return [Math.floor((i * size) / out), Math.ceil(((i + 1) * size) / out)];
}

/** 8-bit RGB (PNG specification, third edition, §5 and §11). */
function encodePng(rows: Uint8Array, width: number, height: number): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', storedZlib(rows)),
    chunk('IEND', new Uint8Array(0)),
  ];
  return concatenated(parts);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** RFC 1950 around stored blocks of RFC 1951 §3.2.4. */
function storedZlib(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < data.length; at += 0xffff) {
    const block = data.subarray(at, at + 0xffff);
    const isLast = at + block.length === data.length;
    const { length } = block;
    parts.push(Uint8Array.of(isLast ? 1 : 0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), block);
  }
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, adler32(data));
  return concatenated([...parts, checksum]);
}

function adler32(data: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
