import { afterMarker, bytes, withExif } from '../images/picture-files.js';
import { changed } from './change.js';
import { goldenBytes } from './corpus.js';
import { pick, type Random } from './format.js';
import { hostileExif, pictureFormat, SIDES } from './picture.js';

const [BASELINE] = goldenBytes('decoding', /^baseline\.jpg$/);
const GOOD = goldenBytes('decoding', /^(?:baseline|baseline-444|progressive|gray|cmyk|exif-rotated)\.jpg$/);
/** Start of scan, of image, of frame (baseline, progressive, lossless, arithmetic), tables, restarts, the end. */
const PIECES = ['\xff\xda\0\x08\x01\x01\0\0\x3f\0', '\xff\xd8', '\xff\xc0', '\xff\xc2', '\xff\xc3', '\xff\xc9'];
PIECES.push(
  '\xff\xc4\0\x03\0',
  '\xff\xdb\0\x03\0',
  '\xff\xdd\0\x04\0\x01',
  '\xff\xd0',
  '\xff\xd9',
  '\xff\xff\xff',
  '\xff\0',
);

/** A change that keeps markers whole: the frame header's fields, an EXIF segment, segments added, many scans. */
function rebuilt(file: Uint8Array, next: Random): Uint8Array {
  const out = file.slice();
  const frame = afterMarker(out, out.includes(0xc2) && file === GOOD.at(-1) ? 0xc2 : 0xc0 | (next() % 3 === 0 ? 2 : 0));
  switch (next() % 5) {
    case 0: {
      const [height, width] = [pick(SIDES, next), pick(SIDES, next)];
      out.set([height >> 8, height & 255, width >> 8, width & 255], frame + 3);
      return out;
    }
    case 1:
      out[frame + 2 + (next() % 15)] = pick([0, 1, 2, 3, 4, 8, 12, 0x11, 0x22, 0x44, 0xff], next);
      return out;
    case 2:
      return withExif(out, hostileExif(next));
    case 3: {
      const segment = bytes([0xff, pick([0xc4, 0xdb, 0xdd, 0xe1, 0xe2, 0xee, 0xfe], next)], [0, 2 + (next() % 80)]);
      const filler = Uint8Array.from({ length: next() % 90 }, () => next());
      return bytes(out.subarray(0, 2), segment, filler, out.subarray(2));
    }
    default: {
      const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, next() % 64, next() % 32];
      const scans = Array.from({ length: next() % 700 }, () => scan);
      return bytes(out.subarray(0, -2), ...scans, out.subarray(-2));
    }
  }
}

export const jpeg = pictureFormat('jpeg', BASELINE!, (next) => {
  const file = pick(GOOD, next);
  if (next() % 2 === 0) return changed(file, next, PIECES);
  try {
    return rebuilt(file, next);
  } catch {
    // A file without that frame marker.
    return changed(file, next, PIECES);
  }
});
