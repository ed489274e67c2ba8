import { expect, test } from 'vitest';
import { findingOf, headlineSentence } from '../../src/report/finding.js';
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

test('memory is said to begin where the layers above 0 reach the last one without a gap', () => {
  expect(headlineSentence(withIntervals([ABOVE!, AROUND!, ABOVE!, ABOVE!]))).toBe(
    'Candidates are memorized more than external images from layer2 on: +0.0200 [+0.0100, +0.0300] at the last layer, layer3.',
  );
  expect(headlineSentence(withIntervals([ABOVE!, ABOVE!]))).toContain(' at every layer: ');
  expect(headlineSentence(withIntervals([ABOVE!, AROUND!, ABOVE!]))).toContain(' at the last layer alone, layer2: ');
  expect(headlineSentence(withIntervals([ABOVE!]))).toMatch(/ at layer0, the one layer measured: [^:]*\]\.$/);
});

test('an interval that contains 0 or lies below it shows no memorization, whatever earlier layers say', () => {
  expect(headlineSentence(withIntervals([ABOVE!, AROUND!]))).toBe(
    'No memorization shown: candidates − external images is +0.0100 [−0.0100, +0.0300] at the last layer, layer1; the interval contains 0.',
  );
  expect(headlineSentence(withIntervals([ABOVE!, BELOW!]))).toMatch(/^No memorization shown: .* lies below 0\.$/);
  expect(findingOf(withIntervals([ABOVE!, AROUND!]))!.layersAbove).toBe(
    'Layers whose interval lies above 0: 1 of 2, the first at layer0.',
  );
  expect(headlineSentence(withIntervals([[0, 0]]))).toMatch(/contains 0\.$/);
});

test('one encoder never shows memorization, only closeness', () => {
  const report = withIntervals([AROUND!, ABOVE!], { reference: false });
  expect(headlineSentence(report)).toMatch(/^Candidates are kept closer together by f than external images /);
  expect(findingOf(report)!.statement).toBe('Consistent with memorization, which one encoder alone cannot prove.');
});

test('without a pair to compare there is no verdict', () => {
  expect(headlineSentence(exampleReport({ sizes: { candidates: 5, shared: 5 } }))).toMatch(
    /^No verdict .* without external/,
  );
  expect(headlineSentence(exampleReport({ sizes: { external: 5 } }))).toMatch(/^No verdict .* nothing to be held/);
  expect(findingOf(exampleReport({ sizes: { external: 5 } }))).toBeNull();
  expect(headlineSentence({ ...exampleReport(), layers: [] })).toBe('No layer was measured.');
});

test('a sentence holds no unseen character and no endless name', () => {
  const report = withIntervals([ABOVE!]);
  report.layers[0]!.node = `\u202e${'x'.repeat(5000)}`;
  expect(headlineSentence(report)).toMatch(/at \[U\+202E\]x+…x+, /);
  expect(headlineSentence(report).length).toBeLessThan(200);
});
