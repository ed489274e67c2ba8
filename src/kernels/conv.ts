import quad from '../../shaders/conv-quad.wgsl';
import register from '../../shaders/conv-register.wgsl';
import workgroup from '../../shaders/conv-tile.wgsl';
import type { BindingKind, Workgroups } from '../gpu/gpu.js';
import type { Storage } from '../half.js';
import type { EpilogueParts } from './epilogue.js';
import { epilogueConstants } from './epilogue.js';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel, splitGrid } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';
import { type Tile, tileName } from './tile.js';
import { type Product, plainTile } from './tiles.js';

/** A square convolution, or a linear layer (one position, kernel 1). `views` is the most that one dispatch may hold. */
export interface ConvShape extends Stored {
  /** How the input is stored, where not as all else is: views of images are f32. */
  readonly source?: Storage | undefined;
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Below so many groups of input channels one loop takes all taps: starting a loop costs as much as some passes of it. */
const FEW_GROUPS = 4;

export function convOutput(shape: Omit<ConvShape, 'views'>): { readonly height: number; readonly width: number } {
  const size = (length: number) => Math.floor((length + 2 * shape.padding - shape.kernel) / shape.stride) + 1;
  return { height: size(shape.height), width: size(shape.width) };
}

/** The product that a convolution is, view by view. */
export function productOf(shape: Omit<ConvShape, 'views'>): Product {
  const { height, width } = convOutput(shape);
  return { rows: height * width, columns: shape.out, channels: shape.channels, kernel: shape.kernel };
}

/**
 * Bindings: input, weights, channels (bias, scale, shift), output, count, and the residual where there is one.
 * @param by a tile; or a family, for a tile of it that fits every adapter
 */
export function convKernel(shape: ConvShape, epilogue: EpilogueParts, by: Tile | Family): SizedKernel {
  const chosen = typeof by === 'string' ? plainTile(productOf(shape), by) : by;
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
    ...storedConstants(shape),
    halfSource: (shape.source ?? shape.storage) === 'f16',
  };
  const positions = outHeight * outWidth;
  const jumps = shape.kernel > 1 && constants.C4 < FEW_GROUPS;
  const variant = variantOf(chosen, positions, groups, jumps);
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

function variantOf(tile: Tile, positions: number, groups: number, jumps: boolean): Variant {
  switch (tile.family) {
    case 'quad': {
      const perQuad = [tile.groups, 2, 1].find((n) => groups % n === 0) ?? 1;
      const { rows } = tile;
      const lanes = 4 * tile.quads;
      return {
        name: tileName({ ...tile, groups: perQuad }),
        source: quad,
        constants: { ROWS: rows, GROUPS: perQuad, lanes, jumps },
        grid: (views) => [...splitGrid(Math.ceil((views * positions) / (lanes * rows))), groups / perQuad],
      };
    }
    case 'register':
      return {
        name: tileName(tile),
        source: register,
        constants: { ROWS: tile.rows },
        grid: (views) => {
          const [x, z] = splitGrid(Math.ceil((views * positions) / (64 * tile.rows)));
          return [x, groups, z];
        },
      };
    case 'tile': {
      const { down, across, rows, groups: perThread, depth } = tile;
      return {
        name: tileName(tile),
        source: workgroup,
        constants: { DOWN: down, ACROSS: across, ROWS: rows, GROUPS: perThread, DEPTH: depth },
        grid: (views) => {
          const [x, z] = splitGrid(Math.ceil((views * positions) / (down * rows)));
          return [x, Math.ceil(groups / (across * perThread)), z];
        },
      };
    }
  }
}

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
