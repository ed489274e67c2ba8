import { describe, expect, it } from 'vitest';
import { openImages } from '../../src/images/memory.js';
import { parseSelection, resolveSelection, select } from '../../src/images/selection.js';
import { PROTOCOL_SHARES, type ProtocolSplit, splitByProtocol, splitDataset } from '../../src/images/split.js';

const all = (split: ProtocolSplit) => [...split.shared, ...split.candidates, ...split.independent, ...split.external];
const isSorted = (list: number[]) => list.every((value, i) => i === 0 || list[i - 1]! < value);
const dots = (n: number, name: string) =>
  openImages(
    Array.from({ length: n }, () => ({ width: 1, height: 1, rgba: new Uint8Array(4) })),
    {
      name,
      decode: () => expect.fail('nothing to decode'),
    },
  );

describe("the protocol's split", () => {
  it('of 50,000 images is 40,000 shared, 5,000 candidates, 5,000 independent', () => {
    const split = splitByProtocol(50_000, 0);
    expect([split.shared, split.candidates, split.independent, split.external].map((set) => set.length)).toEqual([
      40_000, 5000, 5000, 0,
    ]);
    expect(new Set(all(split)).size).toBe(50_000);
  });

  it.each([10, 11, 19, 30, 101, 999])(
    'of %i images uses each once, in sorted lists, candidates and independent alike',
    (n) => {
      for (const seed of [0, 1, 4294967295]) {
        const split = splitByProtocol(n, seed);
        expect(all(split).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        for (const set of Object.values(split)) expect(isSorted(set)).toBe(true);
        expect(split.candidates.length).toBe(Math.floor(n / 10));
        expect(split.independent.length).toBe(split.candidates.length);
      }
    },
  );

  it('is the same for the same seed, another for another', () => {
    expect(splitByProtocol(1000, 3)).toEqual(splitByProtocol(1000, 3));
    expect(splitByProtocol(1000, 3)).not.toEqual(splitByProtocol(1000, 4));
  });

  it('draws every record into the candidates equally often', () => {
    const seeds = 2000;
    const counts = new Array<number>(50).fill(0);
    for (let seed = 0; seed < seeds; seed++)
      for (const record of splitByProtocol(50, seed).candidates) counts[record]!++;
    // Binomial with p = 0.1: five standard deviations.
    const bound = 5 * Math.sqrt(seeds * 0.1 * 0.9);
    for (const count of counts) expect(Math.abs(count - seeds * 0.1)).toBeLessThan(bound);
  });

  it('can put a share aside as external, and leave some out', () => {
    const aside = splitByProtocol(100, 0, { shared: 0.7, candidates: 0.1, independent: 0.1, external: 0.1 });
    expect([aside.shared.length, aside.external.length, new Set(all(aside)).size]).toEqual([70, 10, 100]);
    const part = splitByProtocol(100, 0, { shared: 0.29, candidates: 0.07, independent: 0.07, external: 0 });
    expect([part.shared.length, part.candidates.length, part.independent.length]).toEqual([29, 7, 7]);
  });

  it('refuses shares and seeds that cannot be, and too few images', () => {
    const attempt =
      (n: number, seed: number, shares = {}) =>
      () =>
        splitByProtocol(n, seed, { ...PROTOCOL_SHARES, ...shares });
    const option = expect.objectContaining({ code: 'BAD_OPTION' });
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) expect(attempt(100, seed)).toThrow(option);
    for (const shared of [-0.1, 1.1, Number.NaN, 0.81]) expect(attempt(100, 0, { shared })).toThrow(option);
    expect(attempt(9, 0)).toThrow(expect.objectContaining({ code: 'BAD_DATASET' }));
  });
});

describe('the index file', () => {
  it('holds image indices, which a selection of it reads back', async () => {
    const train = await dots(40, 'train.bin');
    const part = select(
      train,
      Array.from({ length: 20 }, (_, i) => i + 20),
      'train.bin@20-39',
    );
    const file = splitDataset(part, 1);
    expect(file).toMatchObject({ dataset: 'train.bin@20-39', seed: 1, shares: PROTOCOL_SHARES });
    expect([...file.shared!, ...file.candidates!, ...file.independent!].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 20),
    );
    const text = async () => JSON.stringify(file);
    expect(await resolveSelection(parseSelection('s.json:candidates')!, train, text)).toEqual(file.candidates);
  });

  it('names the source of external images, where that is another', async () => {
    const train = await dots(20, 'train.bin');
    const test = await dots(3, 'test.bin');
    expect(splitDataset(train, 0, { external: test })).toMatchObject({
      externalDataset: 'test.bin',
      external: [0, 1, 2],
    });
    expect(splitDataset(train, 0)).not.toHaveProperty('external');
    const shares = { ...PROTOCOL_SHARES, shared: 0.7, external: 0.1 };
    expect(() => splitDataset(train, 0, { shares, external: test })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });
});
