import { describe, expect, it } from 'vitest';
import { FORMATS, runMutant } from './run.js';

const SEED = 20261201;
/** 10,000 in all; those of pictures cost the most. */
const COUNTS: Readonly<Record<string, number>> = {
  ...{ safetensors: 2500, sharded: 800, pytorch: 2500, cifar: 400, 'tensor-images': 800, selection: 800 },
  ...{ options: 700, png: 500, jpeg: 500, webp: 500 },
};

describe('10,000 mutants', () => {
  it.each(FORMATS)('of $name: each loads right, or is refused with a typed error', async (format) => {
    const results: Record<string, number> = {};
    for (let index = 0; index < COUNTS[format.name]!; index++) {
      const { result } = await runMutant(format, SEED, index).catch((cause) => {
        throw new Error(`${format.name}, mutant ${index}: ${cause.message}`, { cause });
      });
      results[result] = (results[result] ?? 0) + 1;
    }
    // Both outcomes must be exercised for the test to mean something.
    const { loaded = 0, ...refused } = results;
    expect(loaded).toBeGreaterThan(0.02 * COUNTS[format.name]!);
    for (const code of format.codes) expect(refused[code], code).toBeGreaterThan(0);
  });

  it('are 10,000', () => {
    expect(Object.values(COUNTS).reduce((sum, count) => sum + count, 0)).toBe(10_000);
  });
});
