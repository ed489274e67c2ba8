import source from '../../shaders/layernorm.wgsl';
import tileSource from '../../shaders/layernorm-tile.wgsl';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** Views of [positions, channels]; `views` is the most that one dispatch may hold. */
export interface LayernormShape extends Stored {
  readonly views: number;
  readonly positions: number;
  readonly channels: number;
}

/**
 * Layer normalisation over the channels of each position (Ba et al. 2016), with the biased variance as in PyTorch.
 * Bindings: input, channels (`packNorm`), output. Grid by views.
 *
 * @param eps what is added to the variance, ≥ 0; with 0 a position of equal values becomes NaN, as in PyTorch.
 */
export function layernormKernel(
  { views, positions, channels, ...stored }: LayernormShape,
  { eps }: { readonly eps: number },
  family: Family,
): SizedKernel {
  const tile = family === 'tile';
  return sizedKernel(
    `layernorm ${positions}x${channels} ${tile ? 'tile' : 'plain'}`,
    tile ? tileSource : source,
    {
      VIEWS: views,
      POSITIONS: positions,
      CHANNELS: channels,
      C4: groupsOfFour(channels),
      EPS: eps,
      ...storedConstants(stored),
    },
    ['read', 'read', 'write'],
    (count) => [Math.ceil(positions / (tile ? 4 : 64)), count, 1],
  );
}

/** The `channels` buffer: weight and bias, each padded to a multiple of 4 with zeros. */
export function packNorm(channels: number, weight: Float32Array, bias: Float32Array): Float32Array {
  const stored = 4 * groupsOfFour(channels);
  const packed = new Float32Array(2 * stored);
  packed.set(weight, 0);
  packed.set(bias, stored);
  return packed;
}
