import { crc32 } from './crc32.js';
import { exifOrientation, type Orientation } from './exif.js';
import { badImage, checkSize, type PictureHeader } from './picture-header.js';

/** Bytes of a chunk beside its data: length, type, CRC. */
const FRAME = 12;

/**
 * The most compressed data that a picture's size explains: 8 bytes per pixel (16-bit colour with alpha) stored as they are,
 * twice over and 64 KiB for filter bytes and blocks. The decoder inflates a thousandfold whatever more there is.
 */
const mostData = (pixels: number) => 16 * pixels + 2 ** 16;

/**
 * Walks a PNG's chunks (PNG specification, third edition, §5.3): every chunk is whole and its CRC holds, the size
 * is within the limit, there is image data and not more than the size takes, and the end is there. The decoder itself does not check CRCs.
 *
 * @param bytes a file that starts with PNG's signature
 * @throws BAD_IMAGE
 */
export function checkPng(bytes: Uint8Array, name: string): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: [width: number, height: number] | undefined;
  let orientation: Orientation = 1;
  let dataBytes = 0;
  let at = 8;
  while (at + FRAME <= bytes.length) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw badImage(name, `is a damaged PNG: no chunk begins at byte ${at}`);
    const end = at + FRAME + length;
    if (end > bytes.length) break;
    const data = bytes.subarray(at + 8, end - 4);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw badImage(name, `is a damaged PNG: the checksum of its ${type} chunk at byte ${at} does not hold`);
    }
    if (!size) {
      if (type !== 'IHDR' || length !== 13) throw badImage(name, 'is a damaged PNG: it does not begin with its header');
      size = [view.getUint32(at + 8), view.getUint32(at + 12)];
      checkSize(name, ...size);
    } else if (type === 'IHDR') {
      throw badImage(name, 'is a damaged PNG: it has two headers');
    }
    if (type === 'IDAT') {
      dataBytes += length;
      if (dataBytes > mostData(size[0] * size[1])) {
        throw badImage(name, 'is a damaged PNG: it has more image data than its size takes');
      }
    }
    if (type === 'eXIf') orientation = exifOrientation(data);
    if (type === 'IEND') {
      if (dataBytes === 0) throw badImage(name, 'is a PNG without image data');
      return { width: size[0], height: size[1], orientation };
    }
    at = end;
  }
  throw badImage(name, 'is a truncated PNG: it ends before its last chunk');
}
