import globalSource from '../../shaders/global-avgpool.wgsl';
import source from '../../shaders/pool.wgsl';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

export interface PoolShape extends Stored {
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Max or average pooling. Bindings: input, output. */
export function poolKernel(shape: PoolShape, mode: 'max' | 'avg'): SizedKernel {
  const size = (length: number) => Math.floor((length + 2 * shape.padding - shape.kernel) / shape.stride) + 1;
  const [outHeight, outWidth] = [size(shape.height), size(shape.width)];
  const groups = groupsOfFour(shape.channels);
  return sizedKernel(
    `${mode}pool ${shape.kernel}/${shape.stride} ${shape.height}x${shape.width}x${shape.channels}`,
    source,
    {
      VIEWS: shape.views,
      H: shape.height,
      W: shape.width,
      C4: groups,
      OH: outHeight,
      OW: outWidth,
      KERNEL: shape.kernel,
      STRIDE: shape.stride,
      PADDING: shape.padding,
      MAX: mode === 'max',
      ...storedConstants(shape),
    },
    ['read', 'write'],
    (views) => [Math.ceil((outHeight * outWidth * groups) / 64), views, 1],
  );
}

/** Mean over the positions from `first` (0 where left out) on. Bindings: input, output. */
export function globalAvgpoolKernel(
  shape: {
    readonly views: number;
    readonly positions: number;
    readonly channels: number;
    readonly first?: number;
  } & Stored,
): SizedKernel {
  const groups = groupsOfFour(shape.channels);
  return sizedKernel(
    `global-avgpool ${shape.positions}x${shape.channels}`,
    globalSource,
    { VIEWS: shape.views, POSITIONS: shape.positions, FIRST: shape.first ?? 0, C4: groups, ...storedConstants(shape) },
    ['read', 'write'],
    (views) => [Math.ceil(groups / 64), views, 1],
  );
}
