import { exifOrientation, type Orientation } from './exif.js';
import { badImage, checkSize, MAX_PIXELS, type PictureHeader } from './picture-header.js';

/** Every scan of a progressive JPEG goes over the whole picture: a small file with many of them would hang. */
const MAX_SCANS = 500;
const MAX_SCANNED_PIXELS = 20 * MAX_PIXELS;

const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;

/** Start of frame: C0–CF without DHT (C4), JPG (C8), DAC (CC). */
const isFrame = (marker: number) => (marker & 0xf0) === 0xc0 && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Markers that stand alone, without a length: TEM, RST0–7, SOI. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/**
 * Walks a JPEG's markers (ITU-T T.81, annex B) to its end: the size is within the limit, the colours are gray or
 * three components, the frame is baseline or progressive with 8 bits, and the end is there.
 *
 * @param bytes a file that starts with FF D8
 * @throws BAD_IMAGE
 */
export function checkJpeg(bytes: Uint8Array, name: string): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: [width: number, height: number] | undefined;
  let orientation: Orientation | undefined;
  let scans = 0;
  let at = 2;
  for (;;) {
    at = nextMarker(bytes, at);
    if (at >= bytes.length) break;
    const marker = bytes[at++]!;
    if (marker === EOI) {
      if (!size || scans === 0) throw badImage(name, 'is a JPEG without image data');
      return { width: size[0], height: size[1], orientation: orientation ?? 1 };
    }
    if (isBare(marker)) continue;
    if (at + 2 > bytes.length) break;
    const length = view.getUint16(at);
    if (length < 2) throw badImage(name, `is a damaged JPEG: a segment at byte ${at} has no length`);
    if (at + length > bytes.length) break;
    const segment = bytes.subarray(at + 2, at + length);
    at += length;
    if (isFrame(marker)) {
      if (size) throw badImage(name, 'is a damaged JPEG: it has two frame headers');
      size = frameSize(segment, marker, name);
    } else if (marker === APP1 && isExif(segment)) {
      orientation ??= exifOrientation(segment.subarray(6));
    } else if (marker === SOS) {
      if (!size) throw badImage(name, 'is a damaged JPEG: its data comes before its frame header');
      scans++;
      if (scans > MAX_SCANS || scans * size[0] * size[1] > MAX_SCANNED_PIXELS) {
        throw badImage(
          name,
          `is a JPEG of more than ${scans - 1} scans, too many for its size`,
          'Save it again as baseline JPEG.',
        );
      }
    }
  }
  throw badImage(name, 'is a truncated JPEG: it ends before its end marker');
}

/** Position after the next FF that begins a marker; skips compressed data, its stuffed zeros, and fill bytes. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    while (bytes[at] === 0xff) at++;
    if (bytes[at] !== 0x00) return at;
  }
}

function frameSize(frame: Uint8Array, marker: number, name: string): [number, number] {
  if (frame.length < 6) throw badImage(name, 'is a damaged JPEG: its frame header is too short');
  const [precision, h1, h0, w1, w0, components] = frame as unknown as [number, number, number, number, number, number];
  if (marker > 0xc2 || precision !== 8) {
    const kind = precision !== 8 ? `${precision} bits per sample` : `coding process ${marker - 0xc0}`;
    throw badImage(
      name,
      `is a JPEG of ${kind}; only baseline and progressive ones of 8 bits are decoded`,
      'Save it again as baseline JPEG.',
    );
  }
  if (components === 4) {
    throw badImage(name, 'is a CMYK JPEG; only gray and colour (YCbCr, RGB) ones are decoded', 'Convert it to RGB.');
  }
  if (components !== 1 && components !== 3)
    throw badImage(name, `is a JPEG of ${components} components; 1 or 3 are decoded`);
  const width = w1 * 256 + w0;
  const height = h1 * 256 + h0;
  checkSize(name, width, height);
  return [width, height];
}

function isExif(segment: Uint8Array): boolean {
  return segment.length > 6 && String.fromCharCode(...segment.subarray(0, 6)) === 'Exif\0\0';
}
