import { expect, test } from 'vitest';
import { pcg4d } from '../../src/metrics/hash.js';

function pcg(...input: [number, number, number, number]): number[] {
  const out = new Uint32Array(4);
  pcg4d(...input, out);
  return [...out];
}

test('pcg4d gives the values that exact integers give', () => {
  // Computed with Python's integers from the published definition.
  expect(pcg(0, 0, 0, 0)).toEqual([251852841, 760645481, 850445371, 3542436074]);
  expect(pcg(1, 2, 3, 4)).toEqual([908250390, 4044648920, 3775961919, 45698095]);
  expect(pcg(149, 1999, 3, 2024)).toEqual([2748355361, 1319676135, 1429890844, 2483439983]);
  const max = 0xffffffff;
  expect(pcg(max, max, max, max)).toEqual([2538526866, 3222658151, 2677364576, 2713428488]);
});
