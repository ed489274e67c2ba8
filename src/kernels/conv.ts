import quad from '../../shaders/conv-quad.wgsl';
import register from '../../shaders/conv-register.wgsl';
import tile from '../../shaders/conv-tile.wgsl';
import type { BindingKind, Workgroups } from '../gpu/gpu.js';
import type { EpilogueParts } from './epilogue.js';
import { epilogueConstants } from './epilogue.js';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel, splitGrid } from './sized-kernel.js';

/** A square convolution, or a linear layer (one position, kernel 1). `views` is the most that one dispatch may hold. */
export interface ConvShape {
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Rows per lane and groups of four channels per quad: the tile that was fastest on SwiftShader (docs/decisions). */
const QUAD_ROWS = 4;
const QUAD_GROUPS = 4;
/** Below so many groups of input channels one loop takes all taps: starting a loop costs as much as some passes of it. */
const FEW_GROUPS = 4;
const REGISTER_ROWS = 4;
const TILE_DEPTH = 4;
const TILE_THREADS = 256;

export function convOutput(shape: Omit<ConvShape, 'views'>): { readonly height: number; readonly width: number } {
  const size = (length: number) => Math.floor((length + 2 * shape.padding - shape.kernel) / shape.stride) + 1;
  return { height: size(shape.height), width: size(shape.width) };
}

/** Bindings: input, weights, channels (bias, scale, shift), output, count, and the residual where there is one. */
export function convKernel(shape: ConvShape, epilogue: EpilogueParts, family: Family): SizedKernel {
  const { height: outHeight, width: outWidth } = convOutput(shape);
  const groups = groupsOfFour(shape.out);
  const constants = {
    VIEWS: shape.views,
    H: shape.height,
    W: shape.width,
    C4: groupsOfFour(shape.channels),
    OH: outHeight,
    OW: outWidth,
    CO4: groups,
    KERNEL: shape.kernel,
    STRIDE: shape.stride,
    PADDING: shape.padding,
    ...epilogueConstants(epilogue),
  };
  const positions = outHeight * outWidth;
  const jumps = shape.kernel > 1 && constants.C4 < FEW_GROUPS;
  const variant = variants[family](positions, groups, jumps);
  const bindings: BindingKind[] = ['read', 'read', 'read', 'write', 'uniform'];
  if (epilogue.residual) bindings.push('read');
  const map = `${shape.height}x${shape.width}`;
  return sizedKernel(
    `conv ${shape.kernel}x${shape.kernel}/${shape.stride} ${shape.channels}>${shape.out} @${map} ${variant.name}`,
    variant.source,
    { ...constants, ...variant.constants },
    bindings,
    variant.grid,
  );
}

interface Variant {
  readonly name: string;
  readonly source: string;
  readonly constants: Readonly<Record<string, number | boolean>>;
  grid(views: number): Workgroups;
}

const variants: Record<Family, (positions: number, groups: number, jumps: boolean) => Variant> = {
  quad: (positions, groups, jumps) => {
    const perQuad = [QUAD_GROUPS, 2, 1].find((n) => groups % n === 0) ?? 1;
    return {
      name: `quad ${4 * QUAD_ROWS}x${4 * perQuad}`,
      source: quad,
      constants: { ROWS: QUAD_ROWS, GROUPS: perQuad, jumps },
      grid: (views) => [...splitGrid(Math.ceil((views * positions) / (4 * QUAD_ROWS))), groups / perQuad],
    };
  },
  register: (positions, groups) => ({
    name: `register ${REGISTER_ROWS}x4`,
    source: register,
    constants: { ROWS: REGISTER_ROWS },
    grid: (views) => {
      const [x, z] = splitGrid(Math.ceil((views * positions) / (64 * REGISTER_ROWS)));
      return [x, groups, z];
    },
  }),
  tile: (positions, groups) => {
    const across = groups <= 8 ? 8 : 16;
    const down = TILE_THREADS / across;
    return {
      name: `tile ${4 * down}x${4 * across}`,
      source: tile,
      constants: { THREADS_M: down, THREADS_N: across, DEPTH: TILE_DEPTH },
      grid: (views) => {
        const [x, z] = splitGrid(Math.ceil((views * positions) / (4 * down)));
        return [x, Math.ceil(groups / across), z];
      },
    };
  },
};

/** Weights [out, in, kernel, kernel] to [out][ky][kx][in], both channel counts padded to multiples of 4 with zeros. */
export function packConvWeights(weights: Float32Array, out: number, channels: number, kernel: number): Float32Array {
  const stored = 4 * groupsOfFour(channels);
  const taps = kernel * kernel;
  const packed = new Float32Array(4 * groupsOfFour(out) * taps * stored);
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      for (let t = 0; t < taps; t++) {
        packed[(o * taps + t) * stored + c] = weights[(o * channels + c) * taps + t] as number;
      }
    }
  }
  return packed;
}
