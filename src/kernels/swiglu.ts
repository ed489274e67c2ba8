import source from '../../shaders/swiglu.wgsl';
import { MemgpuError } from '../errors.js';
import { type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** Views of [positions, 2 · channels] in, of [positions, channels] out. */
export interface SwigluShape extends Stored {
  readonly views: number;
  readonly positions: number;
  readonly channels: number;
}

/**
 * silu(a) · b of an input [a | b] (Shazeer 2020, without the linear layers); DINOv2's `w12` gives a first.
 * Bindings: input, output. Grid by views.
 *
 * @throws UNKNOWN_ARCHITECTURE where `channels` is no multiple of 4: b would not begin at a stored group of four.
 */
export function swigluKernel({ views, positions, channels, ...stored }: SwigluShape): SizedKernel {
  if (channels % 4 !== 0)
    throw new MemgpuError(
      'UNKNOWN_ARCHITECTURE',
      `SwiGLU of 2 × ${channels} channels: ${channels} is no multiple of 4`,
      {
        hint: 'Every published encoder with SwiGLU has widths that are; please report this one.',
      },
    );
  return sizedKernel(
    `swiglu ${positions}x${channels}`,
    source,
    { VIEWS: views, POSITIONS: positions, C4: channels / 4, ...storedConstants(stored) },
    ['read', 'write'],
    (count) => [Math.ceil((positions * (channels / 4)) / 64), count, 1],
  );
}
