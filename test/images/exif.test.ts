import { describe, expect, it } from 'vitest';
import { exifOrientation } from '../../src/images/exif.js';
import type { Picture } from '../../src/images/image.js';
import { nodeDecoder } from '../../src/platform/node-images.js';
import { bytes, exif, golden, pixel, pngChunk, u32, withExif } from './picture-files.js';

const decode = nodeDecoder();

/** Where the stored picture's rows and columns are seen (EXIF 2.32, orientation tag): stored pixel → upright pixel. */
const SEEN: Record<number, (x: number, y: number, w: number, h: number) => [number, number]> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, h) => [h - 1 - y, x],
  7: (x, y, w, h) => [h - 1 - y, w - 1 - x],
  8: (x, y, w) => [y, w - 1 - x],
};

function expectTurned(turned: Picture, stored: Picture, orientation: number) {
  const { width, height } = stored;
  expect([turned.width, turned.height]).toEqual(orientation < 5 ? [width, height] : [height, width]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [right, down] = SEEN[orientation]!(x, y, width, height);
      if (pixel(turned, right, down).join() !== pixel(stored, x, y).join()) expect.fail(`pixel ${x}, ${y} differs`);
    }
  }
}

describe('EXIF orientation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i turns a JPEG upright, in either byte order', async (orientation) => {
    const jpeg = golden('baseline.jpg');
    const stored = await decode(jpeg, 'stored.jpg');
    for (const little of [true, false]) {
      expectTurned(await decode(withExif(jpeg, exif(orientation, little)), 'turned.jpg'), stored, orientation);
    }
  });

  it('turns PNG and WebP as well', async () => {
    const png = golden('rgb.png');
    const turned = bytes(png.subarray(0, 33), pngChunk('eXIf', exif(6)), png.subarray(33));
    expectTurned(await decode(turned, 'turned.png'), await decode(png, 'stored.png'), 6);

    const webp = golden('lossless.webp');
    const block = exif(3);
    const canvas = [0x08, 0, 0, 0, 95, 0, 0, 63, 0, 0];
    const chunks = bytes(
      'WEBP',
      'VP8X',
      u32(10, true),
      canvas,
      webp.subarray(12),
      'EXIF',
      u32(block.length, true),
      block,
    );
    const file = bytes('RIFF', u32(chunks.length, true), chunks);
    expectTurned(await decode(file, 'turned.webp'), await decode(webp, 'stored.webp'), 3);
  });

  it('that is damaged, missing or out of range leaves the picture as stored', () => {
    expect(exifOrientation(new Uint8Array(0))).toBe(1);
    expect(exifOrientation(exif(0))).toBe(1);
    expect(exifOrientation(exif(9))).toBe(1);
    const whole = exif(6);
    for (let length = 0; length < 22; length++) expect(exifOrientation(whole.subarray(0, length))).toBe(1);
    const farDirectory = whole.slice();
    farDirectory.set([0xff, 0xff, 0xff, 0xff], 4);
    expect(exifOrientation(farDirectory)).toBe(1);
  });
});
