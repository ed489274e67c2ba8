import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/analysis/result.js';
import { textTable, wrap } from '../../src/report/table.js';
import { terminalSummary } from '../../src/report/terminal.js';
import { draftOf, exampleReport } from './example.js';
import { withAttentionMaps, withEqualViews } from './extremes.js';

const four = { candidates: 70, shared: 70, independent: 70, external: 70 };
const text = (report: Report) => terminalSummary(report).join('\n');
const width = (line: string) => [...line].length;

/** The report with the last layer's leading contrast replaced. */
function withContrast(report: Report, interval: [number, number]): Report {
  const layers = report.layers.map((layer, l) => ({
    ...layer,
    contrasts: layer.contrasts.map((contrast) =>
      l === report.layers.length - 1
        ? { ...contrast, difference: (interval[0] + interval[1]) / 2, interval }
        : contrast,
    ),
  }));
  return { ...report, layers };
}

describe('the finding', () => {
  test('leads with the contrast to external images at the last layer', () => {
    expect(text(exampleReport())).toMatch(
      /\nAt pooled, the last layer, candidates are memorized more than external images: \+0/,
    );
  });

  test('an interval that contains 0 shows no memorization, in the sentence and at the layer', () => {
    const lines = terminalSummary(withContrast(exampleReport(), [-0.01, 0.03]));
    expect(lines.join(' ')).toMatch(
      /No memorization shown at pooled, the last layer: .* is \+0\.0100 \[−0\.0100, \+0\.0300\]; the interval contains 0\./,
    );
    expect(lines.find((line) => line.startsWith('pooled'))).toMatch(/░.*no memorization shown$/);
  });

  test('an interval below 0 shows none either', () => {
    expect(text(withContrast(exampleReport(), [-0.03, -0.01]))).toMatch(
      /No memorization shown at pooled[\s\S]*interval\s+lies below 0/,
    );
  });

  test('one encoder alone says what it cannot show, and claims no more than consistency', () => {
    const alone = text(withContrast(exampleReport({ reference: false }), [0.1, 0.2]));
    expect(alone).toMatch(/One encoder alone cannot tell\s+memory from easier images/);
    expect(alone).toMatch(/LayerMem\s+needs\s+a\s+second\s+encoder,\s+trained\s+without\s+these\s+images/);
    expect(alone).not.toMatch(/memorized|remembers/);
    expect(alone).toMatch(/higher: f keeps this image's views closer\s+together\)/);
    expect(alone).not.toContain('Δ');
  });

  test('without external images there is no verdict', () => {
    expect(text(exampleReport({ sizes: { candidates: 20 } }))).toMatch(/^No verdict on memorization/m);
  });
});

describe('where the views of an image never differ', () => {
  const report = exampleReport();

  test('a layer has nothing to measure, which is no finding', () => {
    const lines = terminalSummary(withEqualViews(report, (l) => l === 0));
    expect(lines).toContain('prep.relu               nothing to measure: views do not differ here');
    expect(lines.join(' ')).toMatch(/At pooled, the last layer, candidates are memorized/);
  });

  test('nor is it at the last layer, with or without a reference', () => {
    for (const reference of [true, false]) {
      const all = text(withEqualViews(exampleReport({ reference }), () => true));
      expect(all).toMatch(/^At pooled, the last layer, there is nothing to measure: views do not differ here\.$/m);
      expect(all).not.toContain('No memorization shown');
    }
  });

  test('scores that are 0 beside distances that are not are a finding', () => {
    const equal = withEqualViews(report, () => true);
    const layers = equal.layers.map((layer, l) => {
      const sets = Object.entries(layer.sets).map(([set, found]) => [set, { ...found, alignment: 0.1 * (l + 1) }]);
      return { ...layer, sets: Object.fromEntries(sets) };
    });
    expect(text({ ...equal, layers })).toMatch(/^No memorization shown at pooled/m);
  });
});

describe('attention maps, which have no units', () => {
  const report = exampleReport();
  const map = 'blocks.0.attn.probs';

  test('stand in the tables of layers, and not in that of UnitMem', () => {
    const lines = terminalSummary(withAttentionMaps(report, (l) => l === 0));
    expect(lines.filter((line) => line.startsWith(map.slice(0, 15)))).toHaveLength(2);
    expect(lines.filter((line) => /^layer1_head\.relu/.test(line))).toHaveLength(3);
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|null/);
    expect(lines.join(' ')).toContain('Attention maps have no units: attn.probs.');
    expect(text(report)).not.toContain('Attention maps');
  });

  test('alone leave the table of UnitMem out', () => {
    const all = text(withAttentionMaps(report, () => true));
    expect(all).not.toContain('UnitMem, mean over');
    expect(all).not.toMatch(/NaN|undefined|null/);
  });
});

test('tokens are named where not all of them count', () => {
  const report = exampleReport();
  expect(text(report)).not.toContain('tokens');
  expect(text({ ...report, settings: { ...report.settings, tokens: 'class' } })).toContain('· tokens class ·');
});

describe('the lines', () => {
  const huge = draftOf(exampleReport({ sizes: four }));
  for (const layer of huge.layers) {
    layer.node = `blocks.${layer.node}.with.a.name.beyond.all.measure`;
    for (const set of Object.values(layer.sets))
      Object.assign(set, { layermem: -123456.7, delta: -1e9, deltaInterval: [-1e9, 1e9] });
    for (const contrast of layer.contrasts) Object.assign(contrast, { difference: 1e7, interval: [-1e7, -1e6] });
  }
  huge.encoders.f.file = 'x'.repeat(300);
  huge.adapters[0]!.name = 'y'.repeat(300);

  test.each<[string, Report]>([
    ['four sets', exampleReport({ sizes: four })],
    ['one encoder', exampleReport({ reference: false })],
    ['one image', exampleReport({ sizes: { candidates: 1 } })],
    ['no layers', { ...exampleReport(), layers: [], images: [], units: [] }],
    ['names and numbers beyond all measure', huge],
  ])('of a report with %s fit 100 columns', (_, report) => {
    for (const line of terminalSummary(report)) expect(width(line), line).toBeLessThanOrEqual(100);
  });

  test('name every layer in each table, LayerMem of every set, Δ, and UnitMem beside external', () => {
    const report = exampleReport({ sizes: four });
    const lines = terminalSummary(report);
    for (const layer of report.layers)
      expect(lines.filter((line) => line.startsWith(layer.node)).length).toBeGreaterThanOrEqual(3);
    const titles = lines.filter((line) => line.startsWith('layer ')).map((line) => line.split(/\s{2,}/));
    expect(titles).toEqual([
      ['layer', 'differ.', '95 % interval', 'AUC'],
      ['layer', 'candidates', 'shared', 'independent', 'external', 'Δ', 'Δ 95 %'],
      ['layer', 'candidates', 'external', 'differ.', '95 % interval', 'units', 'dead', 'below 0'],
    ]);
  });

  test('carry every warning as a sentence, its code last, and notes apart', () => {
    const report = draftOf(exampleReport());
    for (let i = 0; i < 9; i++) report.warnings.push({ code: `CODE_${i}`, message: `Look at ${i}.`, value: null });
    report.warnings.push({ code: 'SOFTWARE_ADAPTER', message: 'Computed on the CPU.', value: null });
    const lines = terminalSummary(report);
    const start = lines.indexOf('Before you trust the numbers:');
    expect(lines[start + 1]).toMatch(/^- 11 of 212 units/);
    expect(lines.join(' ')).toMatch(/normalisation\.\s+\(DEAD_UNITS\)/);
    expect(lines.slice(-10)).toEqual([
      ...Array.from({ length: 9 }, (_, i) => `- Look at ${i}. (CODE_${i})`),
      'Note: Computed on the CPU. (SOFTWARE_ADAPTER)',
    ]);
  });

  test('name files and images by the end of their paths, and a layer by its row of the paper', () => {
    const report = draftOf(exampleReport());
    report.encoders.f.file = '/tmp/runs/f.safetensors';
    report.encoders.g!.file = 'https://example.org/weights/g.safetensors';
    report.images[0]!.name = `/tmp/${'deep/'.repeat(20)}candidates.bin#101`;
    const lines = terminalSummary(report);
    expect(lines[0]).toBe('memgpu 0.1.0: f.safetensors against g.safetensors');
    expect(lines.join('\n')).toMatch(/ (deep\/)+candidates\.bin#101$/m);
    expect(lines.filter((line) => line.startsWith('add_1 (Res6) '))).toHaveLength(3);
  });

  test('colours come from the painter alone and change no text', () => {
    const paint = (text: string) => `<${text}>`;
    const painted = terminalSummary(exampleReport(), { strong: paint, faint: paint, warn: paint });
    expect(painted.map((line) => line.replaceAll(/^<|>$/g, ''))).toEqual(terminalSummary(exampleReport()));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text(exampleReport())).not.toMatch(/\u001b/);
  });

  test('let no control character of a file name through', () => {
    const report = draftOf(exampleReport());
    report.images[0]!.name = 'a\u001b[31m\u202eb.png';
    report.encoders.f.file = 'f\u0007';
    expect(text(report)).toContain('a�[31m�b.png');
    expect(text(report)).toContain('f�');
  });
});

test('a table aligns its columns, and its first one gives way where it is too wide', () => {
  const columns = [
    { title: 'name', align: 'left' },
    { title: 'n', align: 'right' },
  ] as const;
  expect(
    textTable(
      columns,
      [
        ['a', '1'],
        ['bcdefghijklmn', '10'],
      ],
      80,
    ),
  ).toEqual(['name            n', 'a               1', 'bcdefghijklmn  10']);
  expect(textTable(columns, [['bcdefghijklmn', '10']], 14)).toEqual(['name         n', 'bcdefghij…  10']);
});

test('a paragraph wraps at words, and cuts a word that is wider than a line', () => {
  expect(wrap('one two three four', 9, '  ')).toEqual(['one two', '  three', '  four']);
  expect(wrap('abcdefghij kl', 6)).toEqual(['abcde…', 'kl']);
});
