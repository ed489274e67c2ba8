import register from '../../shaders/grouped-conv.wgsl';
import quad from '../../shaders/grouped-conv-quad.wgsl';
import type { BindingKind } from '../gpu/gpu.js';
import { type ConvShape, convOutput } from './conv.js';
import type { EpilogueParts } from './epilogue.js';
import { epilogueConstants } from './epilogue.js';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel, splitGrid } from './sized-kernel.js';
import { storedConstants } from './storage.js';
import { quadsSuffix } from './tile.js';

/** A convolution in `groups` of equal size, which divide both `channels` and `out`. */
export interface GroupedConvShape extends ConvShape {
  readonly groups: number;
}

/** Rows of a lane or thread, as measured (docs/decisions/conv-quad-tile.md). */
const QUAD_ROWS = 2;
const REGISTER_ROWS = 4;

/**
 * Bindings as of convKernel; weights by packGroupedConvWeights. Where groups are no multiples of 4 channels, in and out,
 * every family has the same kernel.
 */
export function groupedConvKernel(
  shape: GroupedConvShape,
  epilogue: EpilogueParts,
  family: Family,
  quads = 1,
): SizedKernel {
  const { height, width } = convOutput(shape);
  const columns = groupsOfFour(shape.out);
  const [perGroup, outPerGroup] = [shape.channels / shape.groups, shape.out / shape.groups];
  const aligned = perGroup % 4 === 0 && outPerGroup % 4 === 0;
  const constants = {
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
    OUT: outPerGroup,
    ...epilogueConstants(epilogue),
    ...storedConstants(shape),
  };
  const bindings: BindingKind[] = ['read', 'read', 'read', 'write', 'uniform'];
  if (epilogue.residual) bindings.push('read');
  const { kernel, stride, channels, out, groups } = shape;
  const label = `grouped-conv ${kernel}x${kernel}/${stride} ${channels}>${out} /${groups} @${shape.height}x${shape.width}`;
  if (aligned && family === 'quad') {
    const perQuad = [4, 2, 1].find((n) => outPerGroup % (4 * n) === 0) ?? 1;
    const sizes = { IN4: perGroup / 4, ROWS: QUAD_ROWS, GROUPS: perQuad, lanes: 4 * quads };
    return sizedKernel(`${label} quad${quadsSuffix(quads)}`, quad, { ...constants, ...sizes }, bindings, (views) => {
      const [y, times] = splitGrid(height * width);
      return [Math.ceil(views / (4 * quads * QUAD_ROWS)), y, (times * columns) / perQuad];
    });
  }
  const rows = aligned ? REGISTER_ROWS : 1;
  const sizes = { IN: perGroup, CHANNELS: out, ALIGNED: aligned, ROWS: rows };
  return sizedKernel(`${label} register`, register, { ...constants, ...sizes }, bindings, (views) => {
    const [x, z] = splitGrid(Math.ceil((views * height * width) / (64 * rows)));
    return [x, columns, z];
  });
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
