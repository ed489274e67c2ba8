import type { Storage } from '../../half.js';
import { globalAvgpoolKernel, poolKernel } from '../../kernels/pool.js';
import { shortcutPadKernel } from '../../kernels/shortcut-pad.js';
import { answer, type KernelCase, stored } from '../case.js';
import { meanOverPositions, pooled, shortcut } from '../exact/maps.js';
import { signed } from '../numbers.js';

const MAP = { views: 3, height: 9, width: 6, channels: 10 };
const POSITIONS = MAP.height * MAP.width;
const LENGTH = MAP.views * POSITIONS * MAP.channels;

/** Pooling and shortcuts. */
export function poolCases(storage: Storage): KernelCase[] {
  const { views, channels } = MAP;
  const input = signed(LENGTH, 31, storage);
  const window = { ...MAP, kernel: 3, stride: 2, padding: 1, storage };
  const wider = { ...MAP, out: 23, stride: 2, storage };
  return [
    ...(['max', 'avg'] as const).map((mode) => ({
      sized: poolKernel(window, mode),
      count: views,
      bound: () => [stored(input, channels, storage), answer(pooled(window, mode, input), channels, storage)],
    })),
    {
      sized: shortcutPadKernel(wider),
      count: views,
      bound: () => [stored(input, channels, storage), answer(shortcut(wider, input), wider.out, storage)],
    },
  ];
}

/** Means over all positions, and over those after the first two. */
export function meanCases(storage: Storage): KernelCase[] {
  const { views, channels } = MAP;
  const input = signed(LENGTH, 32, storage);
  const shape = { views, positions: POSITIONS, channels, storage };
  return [0, 2].map((first) => ({
    sized: globalAvgpoolKernel({ ...shape, first }),
    count: views,
    bound: () => [stored(input, channels, storage), answer(meanOverPositions(shape, first, input), channels, storage)],
  }));
}
