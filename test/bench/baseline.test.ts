import { describe, expect, test } from 'vitest';
import { type Baseline, checkSameAdapter, compare, KERNELS_SCHEMA, parseBaseline } from '../../bench/baseline.js';
import type { Timing } from '../../bench/timing.js';
import { spreadOf, timingOf } from './timings.js';

const ROOFS = { arithmetic: 80, memory: 5 };
const ADAPTER = { name: 'A GPU', driver: 'driver 1' };

function baselineOf(rows: Readonly<Record<string, Timing>>): Baseline {
  const kernels = Object.entries(rows).map(([name, timing]) => ({ name, timing }));
  return { adapter: ADAPTER, robust: true, roofs: ROOFS, kernels };
}

function rowOf(before: Timing, now: Timing) {
  const { rows } = compare(baselineOf({ gemm: before }), baselineOf({ gemm: now }));
  return rows[0];
}

describe('a row is compared by the ratio of medians', () => {
  test.each([
    ['apart from each other’s range: beyond both spreads', [10, 9, 11], [12, 11.5, 13], 1.2, true],
    ['within the earlier range: maybe chance', [10, 9, 13], [12, 11.5, 12.5], 1.2, false],
    ['the earlier median within the range of now: maybe chance', [10, 9.5, 10.5], [12, 9.9, 13], 1.2, false],
    ['faster, beyond both spreads', [10, 9, 11], [5, 4, 6], 0.5, true],
    ['ranges that overlap, medians outside both', [10, 9, 11.5], [12, 11, 13], 1.2, true],
    ['no change at all', [10, 10, 10], [10, 10, 10], 1, false],
  ] as const)('%s', (_, before, now, ratio, outside) => {
    const row = rowOf(timingOf(spreadOf(before[0], before[1], before[2])), timingOf(spreadOf(now[0], now[1], now[2])));
    expect(row).toEqual({ name: 'gemm', clock: 'wall', before: before[0], now: now[0], ratio, outside });
  });
});

test('the clock is the best one that both runs have', () => {
  const all = { gpu: spreadOf(5), cpu: spreadOf(4) };
  const wall = spreadOf(6);
  expect(rowOf(timingOf(wall, all), timingOf(wall, all))?.clock).toBe('cpu');
  expect(rowOf(timingOf(wall, { gpu: spreadOf(5) }), timingOf(wall, all))?.clock).toBe('gpu');
  expect(rowOf(timingOf(wall, { gpu: spreadOf(5) }), timingOf(wall, { cpu: spreadOf(4) }))?.clock).toBe('wall');
});

test('rows are compared by name; new ones are named, changed roofs and another version of the driver told', () => {
  const baseline = baselineOf({ a: timingOf(spreadOf(1)), gone: timingOf(spreadOf(1)) });
  const rows = ['new', 'a'].map((name) => ({ name, timing: timingOf(spreadOf(2)) }));
  const now = { roofs: { arithmetic: 60, memory: 10 }, kernels: rows, adapter: { driver: 'driver 2' } };
  const comparison = compare(baseline, now);
  expect(comparison).toMatchObject({ rows: [{ name: 'a', ratio: 2 }], added: ['new'], otherDriver: true });
  expect(comparison.roofs).toEqual({ arithmetic: 0.75, memory: 2 });
  expect(compare(baseline, { ...now, adapter: ADAPTER }).otherDriver).toBe(false);
});

test('another adapter is refused by name, and so are other bounds on memory accesses', () => {
  const baseline = baselineOf({});
  expect(() => checkSameAdapter(baseline, 'old.json', ADAPTER, true)).not.toThrow();
  expect(() => checkSameAdapter(baseline, 'old.json', { ...ADAPTER, name: 'Another' }, true)).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: "--baseline: 'old.json' was measured on 'A GPU', not on 'Another'",
    }),
  );
  expect(() => checkSameAdapter(baseline, 'old.json', ADAPTER, false)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('memory accesses bounded') }),
  );
});

const document = (timing: unknown, schema: string = KERNELS_SCHEMA, roofs: object = ROOFS) =>
  JSON.stringify({ schema, adapter: ADAPTER, robust: false, roofs, kernels: [{ name: 'gemm', timing, more: 1 }] });

test('what --json printed is read back, with what is compared alone', () => {
  const timing = timingOf(spreadOf(2, 1, 3), { cpu: spreadOf(1) });
  expect(parseBaseline(document(timing), 'old.json')).toMatchObject({
    adapter: ADAPTER,
    robust: false,
    roofs: ROOFS,
    kernels: [{ name: 'gemm', timing }],
  });
});

describe('refused, saying where it is wrong', () => {
  test.each([
    ['an empty file', '', 'is no JSON'],
    ['half a document', document(timingOf(spreadOf(1))).slice(0, -9), 'is no JSON'],
    ['a list', '[]', 'schema'],
    ['a number', '1', 'it'],
    ['a report of another kind', document(timingOf(spreadOf(1)), 'memgpu-report/1'), 'schema'],
    ['a roof of 0', document(timingOf(spreadOf(1)), KERNELS_SCHEMA, { ...ROOFS, memory: 0 }), 'roofs.memory'],
    ['a row without times', document(undefined), 'kernels.0.timing'],
    ['times that are text', document({ wall: { median: '1', least: 1, most: 1 } }), 'kernels.0.timing.wall.median'],
    ['a time below 0', document(timingOf(spreadOf(1, -1, 1))), 'kernels.0.timing.wall.least'],
    ['a median outside its range', document(timingOf(spreadOf(4, 1, 3))), 'kernels.0.timing.wall'],
    ['a median of 0', document(timingOf(spreadOf(0))), 'kernels.0.timing.wall'],
    ['a clock left out', document({ wall: spreadOf(1), gpu: null }), 'kernels.0.timing.cpu'],
  ])('%s', (_, text, where) => {
    expect(() => parseBaseline(text, 'old.json')).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringMatching(/^--baseline: 'old.json'/),
        hint: expect.stringContaining('--json'),
      }),
    );
    expect(() => parseBaseline(text, 'old.json')).toThrow(where);
  });
});
