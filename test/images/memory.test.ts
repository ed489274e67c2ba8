import { describe, expect, it } from 'vitest';
import type { Decode } from '../../src/images/decode.js';
import { type ImageInput, openImages } from '../../src/images/memory.js';
import { nodeDecoder } from '../../src/platform/node-images.js';
import { golden } from './picture-files.js';

const decode = nodeDecoder();
const open = (images: Iterable<ImageInput> | AsyncIterable<ImageInput>) => openImages(images, { decode });
const dot = (value = 7) => ({ width: 1, height: 1, rgba: new Uint8Array(4).fill(value) });

describe('pictures in memory', () => {
  it('count by their arrival', async () => {
    const dataset = await open([dot(1), dot(2)]);
    expect(await dataset.load(1)).toEqual({ index: 1, name: 'images#1', label: undefined, picture: dot(2) });
  });

  it('carry their own index, name and label', async () => {
    const dataset = await open([{ picture: dot(), index: 12, name: 'x.png', label: 3 }]);
    expect(dataset.indexOf(0)).toBe(12);
    expect(await dataset.load(0)).toEqual({ index: 12, name: 'x.png', label: 3, picture: dot() });
  });

  it('may come one after another', async () => {
    async function* arriving() {
      yield dot(1);
      yield { picture: dot(2), label: 5 };
    }
    const dataset = await open(arriving());
    expect([dataset.length, (await dataset.load(1)).label]).toEqual([2, 5]);
  });

  it('may be files, Blobs, ImageData or numbers', async () => {
    const file = golden('rgb.png');
    const rgb = Float32Array.of(0, 0.5, 1);
    const data = new Uint8ClampedArray(4);
    const dataset = await open([
      file,
      file.buffer,
      new Blob([file]),
      { width: 1, height: 1, data },
      { width: 1, height: 1, rgb },
    ]);
    const pictures = await Promise.all([0, 1, 2, 3, 4].map(async (position) => (await dataset.load(position)).picture));
    expect(pictures[0]).toMatchObject({ width: 96, height: 64 });
    expect(pictures[1]).toEqual(pictures[0]);
    expect(pictures[2]).toEqual(pictures[0]);
    expect(pictures[3]).toEqual({ width: 1, height: 1, rgba: new Uint8Array(4) });
    expect(pictures[4]).toEqual({ width: 1, height: 1, rgb });
  });

  it('are decoded when they are asked for', async () => {
    let decoded = 0;
    const counting: Decode = (bytes, name) => {
      decoded++;
      return decode(bytes, name);
    };
    const dataset = await openImages([golden('rgb.png'), golden('rgb.png')], { decode: counting });
    expect(decoded).toBe(0);
    await dataset.load(0);
    expect(decoded).toBe(1);
  });

  it('have a digest that changes with pixels, size, index and label', async () => {
    const wide = { width: 2, height: 1, rgba: new Uint8Array(8) };
    const variants: ImageInput[] = [
      dot(1),
      dot(2),
      wide,
      { width: 1, height: 2, rgba: new Uint8Array(8) },
      { picture: dot(1), index: 1 },
      { picture: dot(1), label: 0 },
    ];
    const digests = await Promise.all(variants.map(async (image) => (await open([image])).digest()));
    expect(new Set(digests).size).toBe(variants.length);
    expect(await (await open([dot(1)])).digest()).toBe(digests[0]);
  });

  it.each<[string, unknown[], string]>([
    ['nothing', [], 'BAD_DATASET'],
    ['a number', [5], 'BAD_OPTION'],
    ['null', [null], 'BAD_OPTION'],
    ['a path', ['a.png'], 'BAD_OPTION'],
    ['a picture of strings', [{ width: 1, height: 1, rgba: 'abcd' }], 'BAD_OPTION'],
    ['too few bytes', [{ width: 2, height: 2, rgba: new Uint8Array(12) }], 'BAD_IMAGE'],
    ['too many numbers', [{ width: 1, height: 1, rgb: new Float32Array(4) }], 'BAD_IMAGE'],
    ['numbers above 1', [{ width: 1, height: 1, rgb: new Float32Array(3).fill(2) }], 'BAD_IMAGE'],
    ['an empty picture', [{ width: 0, height: 1, rgba: new Uint8Array(0) }], 'BAD_IMAGE'],
    ['half a pixel', [{ width: 0.5, height: 2, rgba: new Uint8Array(4) }], 'BAD_IMAGE'],
    ['a negative index', [{ picture: dot(), index: -1 }], 'BAD_OPTION'],
    ['an index of 2^32', [{ picture: dot(), index: 2 ** 32 }], 'BAD_OPTION'],
    ['one index twice', [dot(), { picture: dot(), index: 0 }], 'BAD_OPTION'],
    ['half a label', [{ picture: dot(), label: 0.5 }], 'BAD_OPTION'],
  ])('that are %s are refused', async (_, images, code) => {
    await expect(open(images as ImageInput[])).rejects.toMatchObject({ name: 'MemgpuError', code });
  });
});
