import { describe, expect, it } from 'vitest';
import type { IndexedDataset } from '../../src/images/dataset.js';
import { openImages } from '../../src/images/memory.js';
import { parseSelection, resolveSelection, select, splitSpec } from '../../src/images/selection.js';

const images = (n: number, indexOf = (i: number) => i): Promise<IndexedDataset> =>
  openImages(
    Array.from({ length: n }, (_, i) => ({
      picture: { width: 1, height: 1, rgba: new Uint8Array(4).fill(i) },
      index: indexOf(i),
      name: `d${i % 2}/${i}.png`,
      label: i % 2,
    })),
    { name: 'train.bin', decode: () => expect.fail('nothing to decode') },
  );

const SPLIT = JSON.stringify({
  dataset: 'x',
  shared: [0, 1],
  candidates: [5, 3],
  twice: [1, 2, 1],
  far: [10],
  bad: [1.5],
  text: ['1'],
  none: [],
});
const FILES: Record<string, string> = {
  'split.json': SPLIT,
  'broken.json': '{"candidates": [1',
  'list.json': '[1, 2]',
  'names.txt': '\uFEFFd1/3.png\r\n\n./d0/0.png\n',
  'unknown.txt': 'd1/3.png\nd1/4.png\n',
  'twice.txt': 'd1/3.png\nd1/3.png\n',
  'empty.txt': '\n\n',
};
const resolve = async (text: string, n = 10, indexOf?: (i: number) => number) =>
  resolveSelection(parseSelection(text)!, await images(n, indexOf), async (path) => FILES[path] ?? expect.fail(path));

describe('a selection', () => {
  it.each([
    ['7', [7]],
    ['0-3', [0, 1, 2, 3]],
    ['0-0', [0]],
    ['0-1,8-9,4', [0, 1, 8, 9, 4]],
    ['split.json:candidates', [5, 3]],
    ['names.txt', [3, 0]],
  ])('%s selects the records %j in this order', async (text, positions) => {
    expect(await resolve(text)).toEqual(positions);
  });

  it.each(['', '-', '1-', '-1', '1,', '1,,2', 'a', '1-2-3', '1.5', '0x1', 'a.csv', '.txt'])('"%s" is none', (text) => {
    expect(parseSelection(text)).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ['10', 'BAD_OPTION', /no record 10: it has 10, the last is 9/],
    ['0-99999999999999999999', 'BAD_OPTION', /no record 10/],
    ['5-2', 'BAD_OPTION', /5-2 turns back/],
    ['1-3,2', 'BAD_OPTION', /record 2 comes twice/],
    ['split.json:twice', 'BAD_DATASET', /record 1 comes twice/],
    ['split.json:far', 'BAD_DATASET', /no record 10/],
    ['split.json:bad', 'BAD_DATASET', /entry 0 of 'bad'/],
    ['split.json:text', 'BAD_DATASET', /entry 0 of 'text'/],
    ['split.json', 'BAD_DATASET', /name a list: @split\.json:candidates; its lists are 'shared', 'candidates'/],
    ['split.json:', 'BAD_DATASET', /name a list: @split\.json:candidates/],
    ['split.json:none', 'BAD_DATASET', /lists no record/],
    ['split.json:dataset', 'BAD_DATASET', /no list 'dataset'; its lists are 'shared', 'candidates'/],
    ['split.json:toString', 'BAD_DATASET', /no list 'toString'/],
    ['broken.json:candidates', 'BAD_DATASET', /no JSON/],
    ['list.json:candidates', 'BAD_DATASET', /no JSON object/],
    ['unknown.txt', 'BAD_DATASET', /no image 'd1\/4.png'/],
    ['twice.txt', 'BAD_DATASET', /comes twice/],
    ['empty.txt', 'BAD_DATASET', /names no image/],
  ])('%s is refused (%s)', async (text, code, message) => {
    await expect(resolve(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('means image indices, where they are not the positions', async () => {
    expect(await resolve('20-22', 10, (i) => 25 - i)).toEqual([5, 4, 3]);
    await expect(resolve('15', 10, (i) => 25 - i)).rejects.toThrow(/no record 15/);
  });
});

describe('selected images', () => {
  it('keep index, name and label', async () => {
    const chosen = select(await images(10), [7, 2], 'train.bin@7,2');
    expect([chosen.name, chosen.length, chosen.indexOf(0), chosen.nameOf(1)]).toEqual([
      'train.bin@7,2',
      2,
      7,
      'd0/2.png',
    ]);
    expect(await chosen.load(0)).toMatchObject({ index: 7, name: 'd1/7.png', label: 1 });
  });

  it('have the digest of the images alone', async () => {
    const all = await images(10);
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    expect(await select(all, range(0, 10)).digest()).toBe(await all.digest());
    expect(await select(all, range(0, 4)).digest()).toBe(await (await images(4)).digest());
    expect(await select(all, [1, 0]).digest()).not.toBe(await select(all, [0, 1]).digest());
  });

  it('are at least one', async () => {
    const all = await images(2);
    expect(() => select(all, [])).toThrow(expect.objectContaining({ code: 'BAD_DATASET' }));
    expect(() => select(all, [2])).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});

describe('SOURCE@SELECTION', () => {
  const split = async (spec: string, ...existing: string[]) => {
    const { source, selection } = await splitSpec(spec, async (path) => existing.includes(path));
    return [source, selection?.text];
  };

  it.each<[string, string[], [string, string | undefined]]>([
    ['train.bin', ['train.bin'], ['train.bin', undefined]],
    ['train.bin@0-9', ['train.bin'], ['train.bin', '0-9']],
    ['train.bin@a/split.json:candidates', ['train.bin'], ['train.bin', 'a/split.json:candidates']],
    ['me@home/photos', ['me@home/photos'], ['me@home/photos', undefined]],
    ['me@home/photos@5', ['me@home/photos'], ['me@home/photos', '5']],
    ['photos@5', ['photos@5', 'photos'], ['photos@5', undefined]],
    ['photos@5@6', ['photos@5'], ['photos@5', '6']],
    ['photos@/home/me@home/split.json:shared', ['photos'], ['photos', '/home/me@home/split.json:shared']],
    ['photos@5', [], ['photos', '5']],
    ['photos@first', [], ['photos@first', undefined]],
    ['@5', [], ['@5', undefined]],
  ])('%s, where %j exist, is %j', async (spec, existing, reading) => {
    expect(await split(spec, ...existing)).toEqual(reading);
  });
});
