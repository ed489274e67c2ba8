import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCifar } from '../../src/images/cifar.js';
import { bytes, pixel, rgbaOf, u32, xorshift } from './picture-files.js';
import { memorySource } from './sources.js';

const train = new Uint8Array(readFileSync(new URL('../golden/cifar10/train_first64.bin', import.meta.url)));

/** A CIFAR-100 file with drawn pixels: record i has the coarse label i mod 20 and the fine label 99 − i mod 100. */
function cifar100(records: number): Uint8Array {
  const random = xorshift(100);
  const file = new Uint8Array(3074 * records).map(() => random() & 255);
  for (let i = 0; i < records; i++) file.set([i % 20, 99 - (i % 100)], 3074 * i);
  return file;
}

describe('CIFAR-10', () => {
  it('gives each record its label and its pixels, plane by plane', async () => {
    const dataset = await openCifar(memorySource('train.bin', train));
    expect(dataset.length).toBe(64);
    expect(dataset.classes).toHaveLength(10);
    for (const i of [0, 1, 63, 17]) {
      const record = train.subarray(3073 * i, 3073 * (i + 1));
      const { index, name, label, picture } = await dataset.load(i);
      expect({ index, name, label }).toEqual({ index: i, name: `train.bin#${i}`, label: record[0] });
      expect([picture.width, picture.height, rgbaOf(picture).length]).toEqual([32, 32, 4096]);
      for (const [x, y] of [
        [0, 0],
        [31, 0],
        [0, 31],
        [5, 9],
      ] as const) {
        const at = 1 + 32 * y + x;
        expect(pixel(picture, x, y)).toEqual([record[at], record[at + 1024], record[at + 2048]]);
      }
    }
  });

  it('knows its classes: the first record is a frog, the second a truck', async () => {
    const dataset = await openCifar(memorySource('train.bin', train));
    const { label } = await dataset.load(0);
    expect([dataset.classes![label!], dataset.classes![(await dataset.load(1)).label!]]).toEqual(['frog', 'truck']);
  });

  it('reads only near the record that is asked for', async () => {
    const many = new Uint8Array(3073 * 1000);
    const source = memorySource('many.bin', many);
    const dataset = await openCifar(source);
    source.reads.length = 0;
    await dataset.load(500);
    expect(source.reads).toHaveLength(1);
    const [offset, length] = source.reads[0]!;
    expect(offset <= 3073 * 500 && offset + length >= 3073 * 501).toBe(true);
    expect(length).toBeLessThanOrEqual(64 * 3073);
  });

  it('digests index, label, length and bytes of each image', async () => {
    const dataset = await openCifar(memorySource('train.bin', train));
    const hash = createHash('sha256');
    for (let i = 0; i < 64; i++) {
      const record = train.subarray(3073 * i, 3073 * (i + 1));
      hash.update(bytes(u32(i, true), u32(record[0]!, true), u32(3073, true), record));
    }
    expect(await dataset.digest()).toBe(hash.digest('hex'));
  });
});

describe('CIFAR-100', () => {
  it('gives the fine label and its class', async () => {
    const file = cifar100(110);
    const dataset = await openCifar(memorySource('test.bin', file));
    expect([dataset.length, dataset.classes?.length, new Set(dataset.classes).size]).toEqual([110, 100, 100]);
    expect([...dataset.classes!].sort()).toEqual(dataset.classes);
    const { label, picture } = await dataset.load(102);
    expect(label).toBe(97);
    expect(pixel(picture, 0, 0)).toEqual([2, 1026, 2050].map((at) => file[3074 * 102 + at]));
  });
});

describe('a file', () => {
  it('of another size is no CIFAR file', async () => {
    for (const size of [0, 1, 3072, 3075, 3 * 3073 + 1]) {
      const opened = openCifar(memorySource('a.bin', new Uint8Array(size)));
      await expect(opened, `${size}`).rejects.toMatchObject({
        code: 'BAD_DATASET',
        message: expect.stringContaining("'a.bin'"),
      });
    }
  });

  it('of the right size with labels out of range is none', async () => {
    await expect(openCifar(memorySource('a.bin', new Uint8Array(3073 * 5).fill(10)))).rejects.toThrow(/out of range/);
    await expect(openCifar(memorySource('a.bin', new Uint8Array(3074 * 5).fill(20)))).rejects.toThrow(/out of range/);
  });

  it('with one bad label deep inside says which record it is', async () => {
    const file = new Uint8Array(3073 * 1000);
    file[3073 * 500] = 200;
    const dataset = await openCifar(memorySource('a.bin', file));
    await expect(dataset.load(500)).rejects.toMatchObject({
      code: 'BAD_DATASET',
      message: expect.stringContaining('record 500'),
    });
    await expect(dataset.load(501)).resolves.toMatchObject({ index: 501 });
  });

  it('that fits both is told by its labels, then by its name, else refused', async () => {
    const file = new Uint8Array(3073 * 3074);
    await expect(openCifar(memorySource('train.bin', file))).rejects.toThrow(/CIFAR-10 or a CIFAR-100/);
    expect((await openCifar(memorySource('cifar100/cifar10.bin', file))).length).toBe(3074);
    expect((await openCifar(memorySource('cifar10/cifar-100.bin', file))).length).toBe(3073);
    for (let i = 0; i < 3073; i++) file[3074 * i + 1] = 50;
    expect((await openCifar(memorySource('cifar10.bin', file))).length).toBe(3073);
  });

  it('has no positions but its own', async () => {
    const dataset = await openCifar(memorySource('train.bin', train));
    for (const position of [-1, 64, 0.5, Number.NaN]) {
      await expect(dataset.load(position)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    }
  });

  it('that cannot be read for a moment is read again', async () => {
    const source = memorySource('train.bin', train);
    let fails = false;
    const flaky = {
      ...source,
      read: (offset: number, length: number) =>
        fails ? Promise.reject(new Error('busy')) : source.read(offset, length),
    };
    const dataset = await openCifar(flaky);
    fails = true;
    await expect(dataset.load(3)).rejects.toThrow('busy');
    fails = false;
    await expect(dataset.load(3)).resolves.toMatchObject({ index: 3 });
  });
});
