import { expect, test } from 'vitest';
import { BusyClock } from '../../src/gpu/busy.js';

test('the device is busy while at least one submit is unfinished, and overlapping ones count once', () => {
  let now = 0;
  const clock = new BusyClock(() => now);
  const at = (time: number, what: 'submitted' | 'finished') => {
    now = time;
    clock[what]();
  };
  at(5, 'submitted');
  at(7, 'submitted');
  now = 8;
  expect(clock.busy).toBe(3);
  at(10, 'finished');
  at(12, 'finished');
  now = 20;
  expect(clock.busy).toBe(7);
  at(20, 'submitted');
  at(21, 'finished');
  expect(clock.busy).toBe(8);
});
