import source from '../../shaders/shortcut-pad.wgsl';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** `channels` become `out` ≥ channels, one half of the new ones (rounded down) before the old ones. */
export interface ShortcutPadShape extends Stored {
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out: number;
  readonly stride: number;
}

/**
 * The parameterless shortcut of CIFAR ResNets (He et al. 2015, option A): every `stride`-th position from the first on,
 * and zeros for new channels; [⌈height / stride⌉, ⌈width / stride⌉, out]. Bindings: input, output. Grid by views.
 */
export function shortcutPadKernel(shape: ShortcutPadShape): SizedKernel {
  const { views, height, width, channels, out, stride } = shape;
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const groups = groupsOfFour(out);
  return sizedKernel(
    `shortcut-pad /${stride} ${channels}>${out} @${height}x${width}`,
    source,
    {
      VIEWS: views,
      H: height,
      W: width,
      CHANNELS: channels,
      C4: groupsOfFour(channels),
      OH: outHeight,
      OW: outWidth,
      CO4: groups,
      STRIDE: stride,
      BEFORE: Math.floor((out - channels) / 2),
      ...storedConstants(shape),
    },
    ['read', 'write'],
    (count) => [Math.ceil((outHeight * outWidth * groups) / 64), count, 1],
  );
}
