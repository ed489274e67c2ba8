import distances from '../../shaders/pair-distances.wgsl';
import pairSums from '../../shaders/pair-sums.wgsl';
import type { PositionRange } from './moments.js';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** Up to this many views all pairs are summed by one thread; above, views go in blocks of `BLOCK`. */
export const ALL_PAIRS_AT_ONCE = 12;
const BLOCK = 8;
/** Groups of four elements that one thread reads of each view, and the most threads for one image. */
const GROUPS_PER_SLICE = 128;
const MOST_SLICES = 64;

/** A tap of a batch: `images` · `rows` views of [positions, channels]. */
export interface PairsShape extends Stored {
  readonly images: number;
  readonly rows: number;
  readonly positions: number;
  readonly channels: number;
  readonly range?: PositionRange | undefined;
  /** `clean`: row 0 against every other row, instead of every pair. */
  readonly pairs: 'all' | 'clean';
  readonly normalized: boolean;
  readonly l1: boolean;
}

export interface PairsKernels {
  /** One or two kernels that together fill `parts`. Bindings: input, norms, parts. Grid by images. */
  readonly distances: readonly SizedKernel[];
  /** Bindings: parts, sums. Grid by images. */
  readonly pairSums: SizedKernel;
  readonly pairs: number;
  readonly partsBytes: number;
  readonly sumsBytes: number;
}

export function pairsKernels(shape: PairsShape): PairsKernels {
  const { rows, images } = shape;
  const clean = shape.pairs === 'clean';
  const pairs = clean ? rows - 1 : (rows * (rows - 1)) / 2;
  const groups = groupsOfFour(shape.channels);
  const length = shape.positions * groups;
  const { stored, offset } = shape.range ?? { stored: shape.positions, offset: 0 };
  const slices = Math.min(MOST_SLICES, Math.ceil(length / GROUPS_PER_SLICE));
  const block = clean || rows <= ALL_PAIRS_AT_ONCE ? rows : BLOCK;
  const blocks = Math.ceil(rows / block);
  const kernel = (cross: boolean): SizedKernel =>
    sizedKernel(
      `pair-distances ${rows} views ${shape.positions}x${shape.channels}${cross ? ' cross' : ''}`,
      distances,
      {
        VIEWS: images * rows,
        ROWS: rows,
        LENGTH4: length,
        STORED4: stored * groups,
        OFFSET4: offset * groups,
        SLICES: slices,
        PAIRS: pairs,
        BLOCK: block,
        NORMALIZED: shape.normalized,
        L1: shape.l1,
        CLEAN: clean,
        CROSS: cross,
        ...storedConstants(shape),
      },
      ['read', 'read', 'write'],
      (count) => [Math.ceil(slices / 32), count, cross ? (blocks * (blocks - 1)) / 2 : blocks],
    );
  return {
    distances: blocks > 1 ? [kernel(false), kernel(true)] : [kernel(false)],
    pairSums: sizedKernel(
      `pair-sums ${pairs} pairs ${slices} slices`,
      pairSums,
      { IMAGES: images, SLICES: slices, PAIRS: pairs },
      ['read', 'write'],
      (count) => [Math.ceil(pairs / 16), count, 1],
    ),
    pairs,
    partsBytes: images * slices * pairs * 4,
    sumsBytes: images * pairs * 4,
  };
}
