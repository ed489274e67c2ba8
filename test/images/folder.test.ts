import { describe, expect, it } from 'vitest';
import { MemgpuError } from '../../src/errors.js';
import { openFolder } from '../../src/images/folder.js';
import { compareBytes } from '../../src/images/names.js';
import { nodeDecoder } from '../../src/platform/node-images.js';
import { golden, xorshift } from './picture-files.js';
import { memorySource } from './sources.js';

const decode = nodeDecoder();
const entry = (path: string, file = 'rgb.png') => ({ path, source: () => memorySource(path, golden(file)) });
const namesOf = (paths: string[]) => {
  const dataset = openFolder(
    'photos',
    paths.map((path) => entry(path)),
    decode,
  );
  return Array.from({ length: dataset.length }, (_, position) => dataset.nameOf(position));
};

describe('a folder', () => {
  it('orders its pictures by the bytes of their paths', () => {
    const paths = [
      'b/1.png',
      'a.png',
      'a/2.png',
      'a/10.png',
      'B.png',
      'a-b.png',
      'é.png',
      '\u{1f600}.png',
      '\uffee.png',
      'z.png',
    ];
    const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    expect(namesOf(paths)).toEqual([...paths].sort(byBytes));
  });

  it('compares any two names as their UTF-8 bytes compare', () => {
    const random = xorshift(5);
    const alphabet = ['a', 'b', '/', '.', 'é', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{1f600}', '\u{10ffff}'];
    const draw = () => Array.from({ length: random() % 4 }, () => alphabet[random() % alphabet.length]).join('');
    for (let round = 0; round < 3000; round++) {
      const [a, b] = [draw(), draw()];
      expect(Math.sign(compareBytes(a, b)), `${a} ${b}`).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
  });

  it('takes pictures only, by extension in any case, and nothing hidden', () => {
    const paths = [
      'a.JPG',
      'b.jpeg',
      'c.WebP',
      'd.png',
      'e.gif',
      'f.txt',
      'png',
      '.g.png',
      '.h/i.png',
      'j/.k/l.png',
      'm.png.bak',
    ];
    expect(namesOf(paths)).toEqual(['a.JPG', 'b.jpeg', 'c.WebP', 'd.png']);
  });

  it('numbers its first subfolders as labels', async () => {
    const paths = ['dog/x/1.png', 'cat/2.png', 'dog/0.png', 'top.png', 'Ant/3.png'];
    const dataset = openFolder(
      'photos',
      paths.map((path) => entry(path)),
      decode,
    );
    expect(dataset.classes).toEqual(['Ant', 'cat', 'dog']);
    const records = await Promise.all([0, 1, 2, 3, 4].map((position) => dataset.load(position)));
    expect(records.map(({ index, name, label }) => [index, name, label])).toEqual([
      [0, 'Ant/3.png', 0],
      [1, 'cat/2.png', 1],
      [2, 'dog/0.png', 2],
      [3, 'dog/x/1.png', 2],
      [4, 'top.png', undefined],
    ]);
  });

  it('without subfolders has no classes', () => {
    expect(openFolder('photos', [entry('a.png')], decode).classes).toBeUndefined();
  });

  it('with folders named like what every object has is a folder like others', async () => {
    const dataset = openFolder(
      'photos',
      [entry('__proto__/a.png'), entry('constructor/b.png'), entry('c.png')],
      decode,
    );
    expect(dataset.classes).toEqual(['__proto__', 'constructor']);
    expect((await dataset.load(2)).label).toBe(1);
    expect((await dataset.load(1)).label).toBeUndefined();
  });

  it('without pictures is no dataset, and one that lists a path twice neither', () => {
    const refused = expect.objectContaining({ code: 'BAD_DATASET' });
    const attempt = (paths: string[]) => {
      try {
        return namesOf(paths);
      } catch (error) {
        return error;
      }
    };
    expect(attempt([])).toEqual(refused);
    expect(attempt(['readme.txt'])).toEqual(refused);
    expect(attempt(['a.png', 'a.png'])).toEqual(refused);
  });

  it('opens nothing before it is asked, and only what it is asked for', async () => {
    const opened: string[] = [];
    const entries = ['a.png', 'b.png', 'c.png'].map((path) => ({
      path,
      source: () => {
        opened.push(path);
        return memorySource(path, golden('rgb.png'));
      },
    }));
    const dataset = openFolder('photos', entries, decode);
    expect(opened).toEqual([]);
    await dataset.load(1);
    expect(opened).toEqual(['b.png']);
  });

  it('closes each file, damaged ones too', async () => {
    let open = 0;
    const entries = ['rgb.png', 'bad-crc.png'].map((file) => ({
      path: file,
      source: () => {
        open++;
        return { ...memorySource(file, golden(file)), close: async () => void open-- };
      },
    }));
    const dataset = openFolder('photos', entries, decode);
    await expect(dataset.load(0)).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      message: expect.stringMatching(/^'photos': 'bad-crc.png' /),
      hint: 'Remove the file from the folder, or select the others.',
    });
    await dataset.load(1);
    expect(open).toBe(0);
  });

  it('passes on what opening a vanished file throws', async () => {
    const gone = { path: 'a.png', source: () => Promise.reject(new MemgpuError('IO', 'a.png does not exist')) };
    await expect(openFolder('photos', [gone], decode).load(0)).rejects.toMatchObject({ code: 'IO' });
  });

  it('refuses a file too large for a picture before reading it', async () => {
    const source = { ...memorySource('a.png', new Uint8Array(0)), size: 2 ** 40 };
    const dataset = openFolder('photos', [{ path: 'a.png', source: () => source }], decode);
    await expect(dataset.load(0)).rejects.toMatchObject({ code: 'BAD_IMAGE' });
    expect(source.reads).toEqual([]);
  });
});
