import { expect, test } from 'vitest';
import { interpolatePositions, type PositionRule } from '../../src/models/interpolate-positions.js';
import { readGolden } from '../read-golden.js';
import { readSafetensors } from '../reference/safetensors.js';

const RULES: readonly PositionRule[] = ['dino', 'dinov2-registers', 'hugging-face', 'timm', 'torchvision'];
const golden = readSafetensors(await readGolden('positions/positions.safetensors'));

const gridOf = (text: string) => {
  const [height, width] = text.split('x').map(Number);
  return { height: height!, width: width! };
};
const tableOf = (size: string) => golden.get(`table/${size}`)! as { shape: number[]; data: Float32Array };

test.each(RULES)('%s agrees with PyTorch in float64 to the last place of f32', (rule) => {
  const cases = [...golden].filter(([key]) => key.startsWith(`${rule}/`));
  expect(cases).toHaveLength(12);
  for (const [key, { shape, data }] of cases) {
    const [, from, to] = key.split('/') as [string, string, string];
    const table = tableOf(from);
    const found = interpolatePositions(table.data, gridOf(from), gridOf(to), shape[2]!, rule);
    expect(found.length, key).toBe(data.length);
    // Float64 sums that differ in order by 1e-13 at most, each rounded once: an ulp apart.
    data.forEach((value, i) => {
      expect(Math.abs(found[i]! - value), `${key}[${i}]`).toBeLessThanOrEqual(2 ** -23 * Math.abs(value) + 1e-13);
    });
  }
});

test('the rules differ, except that DINOv2 with registers does what timm does', () => {
  const { data } = tableOf('37x37');
  const shrunk = (rule: PositionRule) =>
    interpolatePositions(data, { height: 37, width: 37 }, { height: 16, width: 16 }, 2, rule);
  const distinct = new Set(RULES.map((rule) => shrunk(rule).slice(100, 140).join()));
  expect(distinct.size).toBe(4);
  expect(shrunk('timm')).toEqual(shrunk('dinov2-registers'));
});

test.each(RULES)('%s leaves a table alone whose grid does not change, bit for bit', (rule) => {
  const { data } = tableOf('3x8');
  const grid = { height: 3, width: 8 };
  expect(interpolatePositions(data, grid, grid, 2, rule)).toEqual(data);
});

test.each(RULES)('%s keeps a constant, exactly to f32: weights sum to 1', (rule) => {
  const constant = new Float32Array(6 * 5).fill(0.3);
  const fitted = interpolatePositions(constant, { height: 6, width: 5 }, { height: 11, width: 3 }, 1, rule);
  expect(fitted).toEqual(new Float32Array(33).fill(0.3));
});

test('a table of another size is refused', () => {
  const grid = { height: 2, width: 2 };
  expect(() => interpolatePositions(new Float32Array(7), grid, { height: 3, width: 3 }, 2, 'timm')).toThrow(
    /table of 7 values does not cover 2 × 2 patches of 2/,
  );
});
