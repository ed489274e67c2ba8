import source from '../../shaders/grouped-conv.wgsl';
import type { BindingKind } from '../gpu/gpu.js';
import { type ConvShape, convOutput } from './conv.js';
import type { EpilogueParts } from './epilogue.js';
import { epilogueConstants } from './epilogue.js';
import { groupsOfFour, type SizedKernel, sizedKernel, splitGrid } from './sized-kernel.js';

/** A convolution in `groups` of equal size, which divide both `channels` and `out`. */
export interface GroupedConvShape extends ConvShape {
  readonly groups: number;
}

const ROWS = 4;

/** Bindings as of convKernel; weights by packGroupedConvWeights. */
export function groupedConvKernel(shape: GroupedConvShape, epilogue: EpilogueParts): SizedKernel {
  const { height, width } = convOutput(shape);
  const columns = groupsOfFour(shape.out);
  const aligned = isAligned(shape);
  const rows = aligned ? ROWS : 1;
  const bindings: BindingKind[] = ['read', 'read', 'read', 'write', 'uniform'];
  if (epilogue.residual) bindings.push('read');
  const map = `${shape.height}x${shape.width}`;
  return sizedKernel(
    `grouped-conv ${shape.kernel}x${shape.kernel}/${shape.stride} ${shape.channels}>${shape.out} /${shape.groups} @${map}`,
    source,
    {
      VIEWS: shape.views,
      H: shape.height,
      W: shape.width,
      C4: groupsOfFour(shape.channels),
      OH: height,
      OW: width,
      CO4: columns,
      KERNEL: shape.kernel,
      STRIDE: shape.stride,
      PADDING: shape.padding,
      GROUPS: shape.groups,
      IN: shape.channels / shape.groups,
      OUT: shape.out / shape.groups,
      ALIGNED: aligned,
      ROWS: rows,
      ...epilogueConstants(epilogue),
    },
    bindings,
    (views) => {
      const [x, z] = splitGrid(Math.ceil((views * height * width) / (64 * rows)));
      return [x, columns, z];
    },
  );
}

/** Whether four channels stored together always belong to one group. */
function isAligned({ channels, out, groups }: Pick<GroupedConvShape, 'channels' | 'out' | 'groups'>): boolean {
  return (channels / groups) % 4 === 0 && (out / groups) % 4 === 0;
}

/** Weights [out, channels / groups, kernel, kernel] to [out][ky][kx][channels / groups], out padded to a multiple of 4. */
export function packGroupedConvWeights(
  weights: Float32Array,
  out: number,
  perGroup: number,
  kernel: number,
): Float32Array {
  const taps = kernel * kernel;
  const packed = new Float32Array(4 * groupsOfFour(out) * taps * perGroup);
  for (let o = 0; o < out; o++)
    for (let c = 0; c < perGroup; c++)
      for (let t = 0; t < taps; t++)
        packed[(o * taps + t) * perGroup + c] = weights[(o * perGroup + c) * taps + t] as number;
  return packed;
}
