import { describe, expect, it } from 'vitest';
import { thumbnail } from '../../src/images/thumbnail.js';
import { nodeDecoder } from '../../src/platform/node-images.js';
import { golden, pixel, xorshift } from './picture-files.js';

const decode = nodeDecoder();

async function read(address: string) {
  const [head, data] = address.split(',') as [string, string];
  expect(head).toBe('data:image/png;base64');
  return decode(new Uint8Array(Buffer.from(data, 'base64')), 'thumbnail');
}

describe('a thumbnail', () => {
  it('of a small picture is the picture', async () => {
    const picture = await decode(golden('rgb.png'), 'rgb.png');
    expect(await read(thumbnail(picture))).toEqual(picture);
  });

  it('of a larger one has the mean of the pixels that each of its pixels covers', async () => {
    const random = xorshift(3);
    const [width, height] = [192, 100];
    const rgba = new Uint8Array(4 * width * height).map(() => random() & 255);
    const small = await read(thumbnail({ width, height, rgba }, 48));
    expect([small.width, small.height]).toEqual([48, 25]);
    for (const [x, y] of [
      [0, 0],
      [47, 24],
      [10, 7],
    ] as const) {
      const mean = [0, 1, 2].map((channel) => {
        let sum = 0;
        for (let i = 0; i < 16; i++) sum += rgba[4 * ((4 * y + (i >> 2)) * width + 4 * x + (i & 3)) + channel]!;
        return Math.round(sum / 16);
      });
      expect(pixel(small, x, y)).toEqual(mean);
    }
  });

  it('of numbers rounds them to bytes', async () => {
    const small = await read(thumbnail({ width: 2, height: 1, rgb: Float32Array.of(0, 1, 0.5, 0.25, 1, 0) }));
    expect([pixel(small, 0, 0), pixel(small, 1, 0)]).toEqual([
      [0, 128, 255],
      [255, 64, 0],
    ]);
  });

  it('is at most 96 pixels wide and 40 KB long, and at least a pixel high', async () => {
    const square = thumbnail({ width: 300, height: 300, rgba: new Uint8Array(360_000) }, 500);
    expect(square.length).toBeLessThan(40_000);
    expect(await read(square)).toMatchObject({ width: 96, height: 96 });
    const strip = { width: 1000, height: 1, rgba: new Uint8Array(4000) };
    expect(await read(thumbnail(strip))).toMatchObject({ width: 96, height: 1 });
  });
});
