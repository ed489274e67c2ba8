import { bytes, u32 } from '../images/picture-files.js';
import { changed, latin } from './change.js';
import { goldenBytes } from './corpus.js';
import { pick, type Random } from './format.js';
import { hostileExif, pictureFormat } from './picture.js';

const [LOSSLESS, LOSSY] = goldenBytes('decoding', /^(?:lossless|lossy)\.webp$/);
const PIECES = ['RIFF', 'WEBP', 'VP8 ', 'VP8L', 'VP8X', 'ANIM', 'ANMF', 'ALPH', 'EXIF', 'ICCP', '\x9d\x01\x2a', '\x2f'];
const SIDES = [0, 1, 2, 96, 4096, 0x3fff];

const chunk = (type: string, data: Uint8Array | readonly number[]) =>
  bytes(latin(type), u32(data.length, true), data, data.length % 2 === 1 ? [0] : []);
const riff = (...chunks: readonly Uint8Array[]) => {
  const body = bytes('WEBP', ...chunks);
  return bytes('RIFF', u32(body.length, true), body);
};

/** A change that keeps the chunks whole: sizes, a canvas before the picture, animation, EXIF, alpha; damage within one. */
function rebuilt(file: Uint8Array, next: Random): Uint8Array {
  const isLossy = file === LOSSY;
  const type = isLossy ? 'VP8 ' : 'VP8L';
  const data = file.slice(20, 20 + new DataView(file.buffer, file.byteOffset).getUint32(16, true));
  const [width, height] = [pick(SIDES, next), pick(SIDES, next)];
  const random = () => Uint8Array.from({ length: next() % 100 }, () => next());
  switch (next() % 6) {
    case 0:
      if (isLossy) data.set([width & 255, width >> 8, height & 255, height >> 8], 6);
      else data.set(u32((width & 0x3fff) | ((height & 0x3fff) << 14), true), 1);
      return riff(chunk(type, data));
    case 1: {
      const canvas = [next(), 0, 0, 0, 95, 0, 0, 63, 0, 0].map((value) => value & 255);
      return riff(chunk('VP8X', canvas), chunk(type, data));
    }
    case 2:
      return riff(chunk('EXIF', hostileExif(next)), chunk(type, data));
    case 3:
      return riff(chunk('VP8X', [16, 0, 0, 0, 95, 0, 0, 63, 0, 0]), chunk('ALPH', random()), chunk(type, data));
    case 4:
      return riff(chunk(pick(PIECES.slice(2, 10), next), random()), chunk(type, data));
    default:
      return riff(chunk(type, changed(data, next)));
  }
}

export const webp = pictureFormat('webp', LOSSY!, (next) => {
  const file = pick([LOSSLESS!, LOSSY!], next);
  return next() % 3 === 0 ? changed(file, next, PIECES) : rebuilt(file, next);
});
