import { exifOrientation, type Orientation } from './exif.js';
import { badImage, checkSize, type PictureHeader } from './picture-header.js';

const ANIMATION = 0x02;

/**
 * Walks a WebP's chunks (RFC 9649 §2): the file is whole, it is a still picture, and every size it claims is within
 * the limit.
 *
 * @param bytes a file that starts with RIFF....WEBP
 * @throws BAD_IMAGE
 */
export function checkWebp(bytes: Uint8Array, name: string): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const truncated = () => badImage(name, 'is a truncated WebP: it is shorter than its header says');
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw truncated();
  let canvas: [number, number] | undefined;
  let picture: [number, number] | undefined;
  let orientation: Orientation = 1;
  let at = 12;
  while (at + 8 <= end) {
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (at + 8 + length > end) throw truncated();
    if (type === 'ANIM' || type === 'ANMF' || (type === 'VP8X' && (data[0] ?? 0) & ANIMATION)) {
      throw badImage(name, 'is an animated WebP; only still pictures are decoded', 'Save one frame of it.');
    }
    if (type === 'VP8X') canvas = sizeFrom(name, data, 10, () => [1 + u24(data, 4), 1 + u24(data, 7)]);
    if (type === 'VP8 ') picture ??= sizeFrom(name, data, 10, () => [u16(data, 6) & 0x3fff, u16(data, 8) & 0x3fff]);
    if (type === 'VP8L') {
      picture ??= sizeFrom(name, data, 5, () => {
        const bits = u16(data, 1) + u16(data, 3) * 65536;
        return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
      });
    }
    if (type === 'EXIF') orientation = exifOrientation(withoutPrefix(data));
    at += 8 + length + (length & 1);
  }
  if (!picture) throw badImage(name, 'is a WebP without image data');
  if (canvas && (canvas[0] !== picture[0] || canvas[1] !== picture[1])) {
    throw badImage(name, 'is a damaged WebP: its picture and its canvas differ in size');
  }
  return { width: picture[0], height: picture[1], orientation };
}

function sizeFrom(name: string, data: Uint8Array, needed: number, read: () => [number, number]): [number, number] {
  if (data.length < needed) throw badImage(name, 'is a damaged WebP: a header in it is too short');
  const size = read();
  checkSize(name, ...size);
  return size;
}

/** Some writers keep JPEG's `Exif\0\0` before the TIFF header. */
function withoutPrefix(exif: Uint8Array): Uint8Array {
  return String.fromCharCode(...exif.subarray(0, 6)) === 'Exif\0\0' ? exif.subarray(6) : exif;
}

const u16 = (bytes: Uint8Array, at: number) => bytes[at]! + bytes[at + 1]! * 256;
const u24 = (bytes: Uint8Array, at: number) => u16(bytes, at) + bytes[at + 2]! * 65536;
