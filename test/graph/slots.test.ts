import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignSlots, type Span } from '../../src/graph/slots.js';

const spans: fc.Arbitrary<Span[]> = fc.array(
  fc
    .record({ bytes: fc.integer({ min: 1, max: 50 }), from: fc.nat(12), length: fc.nat(5) })
    .map(({ bytes, from, length }) => ({ bytes, from, to: from + length })),
  { minLength: 1, maxLength: 20 },
);

test('two tensors that are alive in the same step never share a slot', () => {
  fc.assert(
    fc.property(spans, (tensors) => {
      const { slotOf, slots } = assignSlots(tensors);
      tensors.forEach((a, i) => {
        expect(slots[slotOf[i]!]).toBeGreaterThanOrEqual(a.bytes);
        tensors.forEach((b, j) => {
          if (i !== j && a.from <= b.to && b.from <= a.to) expect(slotOf[i]).not.toBe(slotOf[j]);
        });
      });
    }),
    { numRuns: 500 },
  );
});

test('every slot is exactly as large as its largest tensor', () => {
  fc.assert(
    fc.property(spans, (tensors) => {
      const { slotOf, slots } = assignSlots(tensors);
      slots.forEach((bytes, slot) => {
        expect(bytes).toBe(Math.max(...tensors.filter((_, i) => slotOf[i] === slot).map((tensor) => tensor.bytes)));
      });
    }),
    { numRuns: 500 },
  );
});

test('a free slot is reused, the smallest that fits', () => {
  const { slotOf, slots } = assignSlots([
    { bytes: 1, from: 0, to: 9 },
    { bytes: 100, from: 0, to: 1 },
    { bytes: 40, from: 0, to: 1 },
    { bytes: 30, from: 2, to: 3 },
    { bytes: 90, from: 2, to: 3 },
  ]);
  expect(slotOf).toEqual([0, 1, 2, 2, 1]);
  expect(slots).toEqual([1, 100, 40]);
});
