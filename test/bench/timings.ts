import type { Spread, Timing } from '../../bench/timing.js';

/** A spread as three numbers: median, least, most. */
export function spreadOf(median: number, least = median, most = median): Spread {
  return { median, least, most };
}

/** A timing by wall alone unless other clocks are given. */
export function timingOf(wall: Spread, clocks: Partial<Pick<Timing, 'gpu' | 'cpu'>> = {}): Timing {
  return { wall, gpu: null, cpu: null, ...clocks };
}
