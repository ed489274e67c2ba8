import { describe, expect, test } from 'vitest';
import { csv, imagesCsv, layersCsv, unitsCsv } from '../../src/report/csv.js';
import { exampleReport, exampleScores } from './example.js';
import { readCsv } from './read-csv.js';

function table(text: string): Record<string, string>[] {
  const [header, ...rows] = readCsv(text);
  return rows.map((row) => {
    expect(row.length).toBe(header!.length);
    return Object.fromEntries(header!.map((column, c) => [column, row[c]!]));
  });
}

const sizes = { candidates: 9, external: 6 };
const scores = exampleScores({ sizes });
const report = exampleReport({ sizes });

describe('csv', () => {
  test('quotes commas, quotes and line ends, and ends lines with CRLF', () => {
    expect(
      csv(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          ['two\nlines', ''],
        ],
      ),
    ).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n');
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])('%j is no formula', (text) => {
    expect(readCsv(csv(['a'], [[text]]))[1]).toEqual([`'${text}`]);
  });

  test('numbers keep their sign and all digits; null is empty', () => {
    const values = [-0.1, 1 / 3, 5e-324, -1.7976931348623157e308, 123456789012345680];
    expect(
      readCsv(csv(['a', 'b', 'c', 'd', 'e', 'f'], [[...values, null]]))[1]!
        .slice(0, 5)
        .map(Number),
    ).toEqual(values);
    expect(csv(['a'], [[-2]])).toBe('a\r\n-2\r\n');
    expect(csv(['a', 'b'], [[null, true]])).toBe('a,b\r\n,true\r\n');
  });

  test('NaN is refused', () => {
    expect(() => csv(['a'], [[Number.NaN]])).toThrow(/NaN/);
  });
});

test('layers.csv has a row per layer, with every set and contrast', () => {
  const rows = table(layersCsv(report));
  expect(rows.map((row) => row.node)).toEqual(report.layers.map((layer) => layer.node));
  rows.forEach((row, l) => {
    const { sets, contrasts, shape, predecessor } = report.layers[l]!;
    const candidates = sets.candidates!;
    expect(row.shape).toBe(shape.join('x'));
    expect(row.predecessor).toBe(predecessor ?? '');
    expect(Number(row.candidates_layermem)).toBe(candidates.layermem);
    expect(Number(row.candidates_layermem_high)).toBe(candidates.interval![1]);
    expect(row.candidates_delta).toBe(candidates.delta === null ? '' : String(candidates.delta));
    expect(Number(row.external_unitmem_mean)).toBe(sets.external!.unitmem!.mean);
    expect(Number(row['candidates-external_difference_low'])).toBe(contrasts[0]!.interval[0]);
    const { b, difference, interval } = contrasts[0]!.unitmem!;
    const columns = ['b', 'difference', 'difference_low', 'difference_high'];
    expect(columns.map((column) => Number(row[`candidates-external_unitmem_${column}`]))).toEqual([
      ...[b, difference, ...interval],
    ]);
  });
});

test('units.csv has a row per set, node and unit, with its winner', () => {
  const rows = table(unitsCsv(scores));
  expect(rows.length).toBe(2 * report.layers.reduce((sum, layer) => sum + layer.units, 0));
  for (const row of rows) {
    const set = scores.find(({ set }) => set === row.set)!;
    const layer = set.layers.find(({ node }) => node === row.node)!;
    const [unit, position] = [Number(row.unit), Number(row.position)];
    expect(Number(row.unitmem)).toBe(layer.unitmem[unit]);
    expect(position).toBe(layer.argmax[unit]);
    expect(Number(row.index)).toBe(set.index[position]);
    expect(Number(row.mean)).toBe(layer.mu[position * layer.units + unit]);
  }
});

test('images.csv has a row per image, with its scores by layer and a harmless name', () => {
  const rows = table(imagesCsv(scores));
  expect(rows.length).toBe(15);
  expect(rows[3]!.name).toBe('\'=1+1,"<b>&.png');
  expect(rows[4]!.label).toBe('');
  rows.forEach((row, i) => {
    const set = scores[i < 9 ? 0 : 1]!;
    const position = i < 9 ? i : i - 9;
    expect([row.set, row.position, row.index]).toEqual([set.set, String(position), String(set.index[position])]);
    const pooled = set.layers.at(-1)!;
    expect(Number(row['alignment/f/pooled'])).toBe(pooled.alignmentF[position]);
    expect(Number(row['alignment/g/pooled'])).toBe(pooled.alignmentG![position]);
    expect(Number(row['sslmem/pooled'])).toBe(pooled.sslmem![position]);
  });
});

test('without a reference there are no columns of g', () => {
  const alone = exampleScores({ sizes, reference: false });
  expect(Object.keys(table(imagesCsv(alone))[0]!).filter((column) => /^(alignment\/g|sslmem)/.test(column))).toEqual(
    [],
  );
});
