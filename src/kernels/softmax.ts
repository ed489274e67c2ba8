import source from '../../shaders/softmax.wgsl';
import tileSource from '../../shaders/softmax-tile.wgsl';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** Views of [rows, columns]; `views` is the most that one dispatch may hold. */
export interface SoftmaxShape extends Stored {
  readonly views: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Softmax over the columns of each row, each row's largest value subtracted first. A row with a NaN becomes NaN, and so
 * does one with +∞, as in PyTorch. Bindings: input, output. Grid by views.
 */
export function softmaxKernel({ views, rows, columns, ...stored }: SoftmaxShape, family: Family): SizedKernel {
  const tile = family === 'tile';
  return sizedKernel(
    `softmax ${rows}x${columns} ${tile ? 'tile' : 'plain'}`,
    tile ? tileSource : source,
    { VIEWS: views, ROWS: rows, CHANNELS: columns, C4: groupsOfFour(columns), ...storedConstants(stored) },
    ['read', 'write'],
    (count) => [Math.ceil(rows / (tile ? 4 : 64)), count, 1],
  );
}
