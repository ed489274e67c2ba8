import { describe, expect, it } from 'vitest';
import { blobSource } from '../../src/checkpoints/blob-source.js';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSource } from '../../src/checkpoints/open-source.js';
import { failure } from './files.js';

const ten = Uint8Array.from({ length: 10 }, (_, i) => i);
const sources = {
  'a Uint8Array': () => bufferSource(ten, 'x'),
  'a view into a larger buffer': () => bufferSource(Uint8Array.of(9, 9, ...ten, 9).subarray(2, 12), 'x'),
  'an ArrayBuffer': () => bufferSource(ten.slice().buffer, 'x'),
  'a Node Buffer': () => bufferSource(Buffer.from(ten), 'x'),
  'a Blob': () => blobSource(new Blob([ten]), 'x'),
  'a File': () => blobSource(new File([ten.subarray(0, 4), ten.subarray(4)], 'x')),
};

for (const [what, make] of Object.entries(sources)) {
  describe(what, () => {
    it('gives exactly the bytes asked for, as the caller’s own', async () => {
      const source = make();
      expect([source.name, source.size]).toEqual(['x', 10]);
      const part = await source.read(3, 4);
      expect([...part]).toEqual([3, 4, 5, 6]);
      part.fill(99);
      expect(await source.read(0, 10)).toEqual(ten);
      expect(await source.read(10, 0)).toHaveLength(0);
    });

    it('refuses a range outside, naming itself', async () => {
      const source = make();
      for (const [offset, length] of [
        [0, 11],
        [10, 1],
        [-1, 1],
        [0, -1],
        [0.5, 1],
        [Number.NaN, 1],
        [0, 2 ** 53],
      ] as const) {
        expect((await failure(source.read(offset, length), 'IO')).message).toMatch(/^x: .* it has 10 bytes$/);
      }
    });
  });
}

describe('openSource', () => {
  const opened: (string | URL)[] = [];
  const openPath = async (path: string | URL) => {
    opened.push(path);
    return bufferSource(ten, 'path');
  };

  it('takes bytes, a Blob and a source as they are', async () => {
    for (const input of [ten, ten.slice().buffer, new Blob([ten]), bufferSource(ten)]) {
      expect(await (await openSource(input)).read(0, 10)).toEqual(ten);
    }
    const own = bufferSource(ten);
    expect(await openSource(own)).toBe(own);
  });

  it('gives paths and file addresses to the host, and addresses not', async () => {
    opened.length = 0;
    for (const path of [
      'f.safetensors',
      'C:\\weights\\f.safetensors',
      '/data/http:/f',
      'file:///f',
      new URL('file:///g'),
    ]) {
      expect((await openSource(path, openPath)).name).toBe('path');
    }
    expect(opened.map(String)).toEqual([
      'f.safetensors',
      'C:\\weights\\f.safetensors',
      '/data/http:/f',
      'file:///f',
      'file:///g',
    ]);
    expect(opened.slice(3).every((path) => path instanceof URL)).toBe(true);
    const data = await openSource('data:application/octet-stream;base64,AAECAwQFBgcICQ==', openPath);
    expect(await data.read(0, 10)).toEqual(ten);
    expect(opened).toHaveLength(5);
  });

  it('refuses a path where there is no file system, and anything else', async () => {
    await failure(openSource('file:///f'), 'IO');
    for (const input of [null, undefined, 5, {}, [1], new Float32Array(2)]) {
      await failure(openSource(input as unknown as string), 'BAD_OPTION');
    }
  });
});
