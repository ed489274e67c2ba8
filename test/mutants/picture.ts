import type { ErrorCode } from '../../src/errors.js';
import { MAX_PIXELS } from '../../src/images/picture-header.js';
import { nodeDecoder } from '../../src/platform/node-images.js';
import { rgbaOf } from '../images/picture-files.js';
import { type Format, mustHold, type Random } from './format.js';

const decode = nodeDecoder();
const BAD_IMAGE: readonly ErrorCode[] = ['BAD_IMAGE'];

/** Sides that headers claim: none, the limit of 64 million pixels, the formats' largest. */
export const SIDES = [0, 1, 2, 96, 8000, 16384, 32768, 65500, 65535];

/**
 * A format of pictures. After every eighth mutant a good picture is decoded by the same codec, and has the pixels that it
 * had at first.
 *
 * @param good a picture of the format
 */
export function pictureFormat(name: string, good: Uint8Array, make: (next: Random) => Uint8Array): Format {
  let wanted: Promise<Uint8Array> | undefined;
  let runs = 0;
  const decodeGood = async () => rgbaOf(await decode(good, 'good'));
  return {
    name,
    codes: BAD_IMAGE,
    make,
    async load(source, file, made) {
      wanted ??= decodeGood();
      const before = await wanted;
      await source.close?.();
      try {
        const picture = await decode(file, source.name);
        const { width, height } = picture;
        mustHold(width * height <= MAX_PIXELS && width > 0 && height > 0, `${width} × ${height} pixels`);
        mustHold(rgbaOf(picture).length === 4 * width * height, 'another number of pixels');
        made(rgbaOf(picture).byteLength);
      } finally {
        runs++;
        if (runs % 8 === 0)
          mustHold(Buffer.compare(await decodeGood(), before) === 0, 'a good picture has other pixels');
      }
    },
    largest: () => 4 * MAX_PIXELS,
  };
}

/** An EXIF block, true or damaged: directories that lead beyond it, in circles, with many entries. */
export function hostileExif(next: Random): Uint8Array {
  const block = Uint8Array.from({ length: 8 + (next() % 60) }, () => next());
  block.set([0x49, 0x49, 42, 0, next() % 12, 0, 0, next() % 4 === 0 ? 255 : 0]);
  if (block.length > 20) block.set([next() % 3, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, next() % 10, 0], 8);
  return block;
}
