import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nodeDecoder } from '../../src/platform/node-images.js';
import { bytes, golden, pngChunk, u32 } from './picture-files.js';

const decode = nodeDecoder();
const png = golden('rgb.png');
const [start, rest] = [png.subarray(0, 33), png.subarray(33)];
/** 128 MiB in 130 KB. */
const zeros = deflateSync(new Uint8Array(2 ** 27));
const end = pngChunk('IEND', []);

describe('a PNG that would inflate far beyond its size', () => {
  it('as image data is refused before any is inflated', async () => {
    const bomb = decode(bytes(start, pngChunk('IDAT', bytes(zeros)), pngChunk('IDAT', bytes(zeros)), end), 'bomb.png');
    await expect(bomb).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      message: "'bomb.png' is a damaged PNG: it has more image data than its size takes",
    });
  });

  it('as a colour profile or a comment is not inflated: the memory of the process does not grow with it', async () => {
    const before = process.memoryUsage().rss;
    const profile = bytes(start, pngChunk('iCCP', bytes('a', [0, 0], zeros)), rest);
    await expect(decode(profile, 'profile.png')).rejects.toMatchObject({ code: 'BAD_IMAGE' });
    const comment = bytes(start, pngChunk('zTXt', bytes('a', [0, 0], zeros)), rest);
    expect(await decode(comment, 'comment.png')).toEqual(await decode(png, 'rgb.png'));
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  });

  it('as a header of 64 million pixels over ten bytes of data is refused, and the next picture is decoded', async () => {
    const header = pngChunk('IHDR', bytes(u32(8000), u32(8000), [8, 2, 0, 0, 0]));
    const empty = bytes(png.subarray(0, 8), header, pngChunk('IDAT', deflateSync(new Uint8Array(10))), end);
    await expect(decode(empty, 'empty.png')).rejects.toMatchObject({ code: 'BAD_IMAGE' });
    expect(await decode(png, 'rgb.png')).toMatchObject({ width: 96, height: 64 });
  });
});
