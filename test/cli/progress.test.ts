import { expect, test } from 'vitest';
import { paceOf } from '../../src/cli/progress.js';

test('of speed and time left only what is known is shown', () => {
  expect(paceOf({ rate: null, left: null })).toEqual([]);
  expect(paceOf({ rate: 2, left: null })).toEqual(['2 images/s']);
  expect(paceOf({ rate: 0.5, left: 120 })).toEqual(['0.5 images/s', '2 min left']);
});
