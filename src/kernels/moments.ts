import unitMeans from '../../shaders/unit-means.wgsl';
import viewMoments from '../../shaders/view-moments.wgsl';
import viewNorms from '../../shaders/view-norms.wgsl';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** Positions that one thread adds up: short enough for f32 sums to stay exact to a few ulp. */
const POSITIONS_PER_SLICE = 64;

/** Which of a view's positions are read, where not all of them: `positions` of the `stored` ones, from `offset` on. */
export interface PositionRange {
  readonly stored: number;
  readonly offset: number;
}

/** A tap of a batch: `images` · `rows` views of [positions, channels]; the first `first` rows of an image are not views. */
export interface MomentsShape extends Stored {
  readonly images: number;
  readonly rows: number;
  readonly first: number;
  readonly positions: number;
  readonly channels: number;
  readonly range?: PositionRange | undefined;
}

export interface MomentsKernels {
  /** Bindings: input, sums, squares. Grid by views. */
  readonly viewMoments: SizedKernel;
  /** Bindings: sums, mu. Grid by images. */
  readonly unitMeans: SizedKernel;
  /** Bindings: squares, norms, count. Grid by views. */
  readonly viewNorms: SizedKernel;
  readonly sumsBytes: number;
  readonly squaresBytes: number;
  readonly muBytes: number;
  readonly normsBytes: number;
}

export function momentsKernels(shape: MomentsShape): MomentsKernels {
  const views = shape.images * shape.rows;
  const groups = groupsOfFour(shape.channels);
  const slices = Math.ceil(shape.positions / POSITIONS_PER_SLICE);
  const { stored, offset } = shape.range ?? { stored: shape.positions, offset: 0 };
  const size = `${shape.positions}x${shape.channels}`;
  const sized = { VIEWS: views, POSITIONS: shape.positions, C4: groups, SLICES: slices };
  const placed = { ...sized, STORED: stored, OFFSET: offset, ...storedConstants(shape) };
  return {
    viewMoments: sizedKernel(`view-moments ${size}`, viewMoments, placed, ['read', 'write', 'write'], (count) => [
      Math.ceil((slices * groups) / 64),
      count,
      1,
    ]),
    unitMeans: sizedKernel(
      `unit-means ${size}`,
      unitMeans,
      { ...sized, ROWS: shape.rows, FIRST: shape.first },
      ['read', 'write'],
      (images) => [Math.ceil(groups / 64), images, 1],
    ),
    viewNorms: sizedKernel(
      `view-norms ${size}`,
      viewNorms,
      { VIEWS: views, PARTS: slices * groups },
      ['read', 'write', 'uniform'],
      (count) => [Math.ceil(count / 16), 1, 1],
    ),
    sumsBytes: views * slices * groups * 16,
    squaresBytes: views * slices * groups * 8,
    muBytes: shape.images * groups * 16,
    normsBytes: views * 8,
  };
}
