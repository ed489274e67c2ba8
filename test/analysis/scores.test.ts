import { expect, test } from 'vitest';
import { type SetMeasurements, scoreSet } from '../../src/analysis/scores.js';
import { MemgpuError } from '../../src/errors.js';

const options = { score: 'ratio', unitRest: 'mean' } as const;

function measured(change: Partial<SetMeasurements['layers'][number]> = {}): SetMeasurements {
  return {
    set: 'candidates',
    index: [10, 20],
    names: ['a.png', 'b.png'],
    labels: [null, 'cat'],
    layers: [
      { node: 'x.relu', units: 2, alignmentF: [1, 2], alignmentG: [3, 2], mu: Float32Array.of(1, 0, 3, 0), ...change },
    ],
  };
}

test('scores are those of the formulas, beside what was measured', () => {
  const scores = scoreSet(measured(), options);
  expect(scores.index).toEqual([10, 20]);
  const [layer] = scores.layers;
  expect([...layer!.sslmem!]).toEqual([0.5, 0]);
  expect([...layer!.unitmem]).toEqual([0.5, 0]);
  expect([...layer!.argmax]).toEqual([1, 0]);
});

test('without a reference there is no SSLMem; without units or a second image no UnitMem', () => {
  expect(scoreSet(measured({ alignmentG: null }), options).layers[0]!.sslmem).toBeNull();
  expect(scoreSet(measured({ units: 0, mu: new Float32Array(0) }), options).layers[0]!.unitmem.length).toBe(0);
  const single = measured({ alignmentF: [1], alignmentG: [1], mu: Float32Array.of(1, 2) });
  expect(scoreSet({ ...single, index: [10] }, options).layers[0]!.argmax.length).toBe(0);
});

test.each([
  ['alignment of f', { alignmentF: [1, Number.NaN] }],
  ['alignment of g', { alignmentG: [1, Number.POSITIVE_INFINITY] }],
  ['unit mean', { mu: Float32Array.of(1, 2, 3, Number.NEGATIVE_INFINITY) }],
])('a non-finite %s is refused, naming node and image', (what, change) => {
  const attempt = () => scoreSet(measured(change), options);
  expect(attempt).toThrow(MemgpuError);
  expect(attempt).toThrow(new RegExp(`x\\.relu: the ${what} for candidates image b\\.png is`));
});

test('numbers that do not belong to the images are refused', () => {
  expect(() => scoreSet(measured({ alignmentF: [1] }), options)).toThrow(/x\.relu: candidates has 2 images/);
  expect(() => scoreSet(measured({ mu: new Float32Array(3) }), options)).toThrow(/1\.5/);
  expect(() => scoreSet({ ...measured(), index: [] }, options)).toThrow(/no images/);
});
