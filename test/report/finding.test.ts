import { expect, test } from 'vitest';
import { findingOf } from '../../src/report/finding.js';
import { draftOf, exampleReport } from './example.js';

/** The example with its contrasts' intervals replaced, a layer each. */
function withIntervals(intervals: readonly [number, number][], options: Parameters<typeof exampleReport>[0] = {}) {
  const report = draftOf(exampleReport(options));
  report.layers = report.layers.slice(0, intervals.length);
  report.layers.forEach((layer, l) => {
    layer.node = `layer${l}`;
    layer.contrasts[0]!.interval = intervals[l]!;
    layer.contrasts[0]!.difference = (intervals[l]![0] + intervals[l]![1]) / 2;
  });
  return report;
}

const [ABOVE, AROUND, BELOW]: [number, number][] = [
  [0.01, 0.03],
  [-0.01, 0.03],
  [-0.03, -0.01],
];

const headline = (report: Parameters<typeof findingOf>[0]) => findingOf(report).headline;
const reading = (report: Parameters<typeof findingOf>[0]) => findingOf(report).reading.join(' ');

test('the headline is of the last layer alone, with its number; where else there is memory follows', () => {
  const report = withIntervals([ABOVE!, AROUND!, ABOVE!, ABOVE!]);
  expect(headline(report)).toBe(
    'At layer3, the last layer, candidates are memorized more than external images: +0.0200 [+0.0100, +0.0300].',
  );
  expect(reading(report)).toBe(
    "The number is LayerMem (how much closer f keeps an image's views than g does, on average) of candidates minus that of external images, with its 95\u00a0% interval. Layers whose interval lies above 0: 3 of 4 (layer0; layer2 to layer3). By chance alone about one layer in 40 does.",
  );
});

test('one layer is named as such, and counted nowhere', () => {
  expect(headline(withIntervals([ABOVE!]))).toMatch(/^At layer0, the one layer measured, candidates are memorized/);
  expect(reading(withIntervals([ABOVE!]))).not.toMatch(/Layers|chance/);
});

test('an interval that contains 0 or lies below it shows no memorization, whatever earlier layers say', () => {
  expect(headline(withIntervals([ABOVE!, AROUND!]))).toBe(
    'No memorization shown at layer1, the last layer: candidates − external images is +0.0100 [−0.0100, +0.0300]; the interval contains 0.',
  );
  expect(headline(withIntervals([ABOVE!, BELOW!]))).toMatch(/^No memorization shown .* lies below 0\.$/);
  expect(reading(withIntervals([ABOVE!, AROUND!]))).toContain('above 0: 1 of 2 (layer0). By');
  expect(reading(withIntervals([AROUND!, AROUND!]))).toContain('above 0: 0 of 2. By');
  expect(headline(withIntervals([[0, 0]]))).toMatch(/contains 0\.$/);
});

test('of many gaps the first are named; the chance follows the confidence', () => {
  const report = withIntervals([0, 1, 2, 3, 4, 5, 6, 7].map((l) => (l % 2 === 0 ? ABOVE! : AROUND!)));
  report.settings.confidence = 0.9;
  expect(reading(report)).toContain('4 of 8 (layer0; layer2; layer4 …). By chance alone about one layer in 20 does.');
});

test('one encoder never shows memorization, only closeness, and says why', () => {
  const report = withIntervals([AROUND!, ABOVE!], { reference: false });
  expect(headline(report)).toMatch(
    /^At layer1, the last layer, f keeps views of candidates closer together than views of external images: \+/,
  );
  expect(reading(report)).toContain('The number is the alignment of external images minus that of candidates');
  expect(reading(report)).toContain('One encoder alone cannot tell memory from easier images');
});

test('without a pair to compare there is no verdict', () => {
  expect(headline(exampleReport({ sizes: { candidates: 5, shared: 5 } }))).toMatch(/^No verdict .* without external/);
  expect(headline(exampleReport({ sizes: { external: 5 } }))).toMatch(/^No verdict .* nothing to be held/);
  expect(findingOf(exampleReport({ sizes: { external: 5 } }))).toMatchObject({ verdict: null, reading: [] });
  expect(headline({ ...exampleReport(), layers: [] })).toBe('No layer was measured.');
});

test('a sentence holds no unseen character and no endless name', () => {
  const report = withIntervals([ABOVE!]);
  report.layers[0]!.node = `\u202e${'x'.repeat(5000)}`;
  expect(headline(report)).toMatch(/^At \[U\+202E\]x+…x+, /);
  expect(headline(report).length).toBeLessThan(200);
});
