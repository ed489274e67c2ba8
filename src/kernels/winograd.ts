import input from '../../shaders/winograd-input.wgsl';
import quad from '../../shaders/winograd-quad.wgsl';
import register from '../../shaders/winograd-register.wgsl';
import tile from '../../shaders/winograd-tile.wgsl';
import type { BindingKind, Workgroups } from '../gpu/gpu.js';
import { type EpilogueParts, epilogueConstants } from './epilogue.js';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel, splitGrid } from './sized-kernel.js';
import { quadsSuffix } from './tile.js';

/** A 3×3 convolution of stride 1 and padding 1. `views` is the most that one dispatch may hold. */
export interface WinogradShape {
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out: number;
}

/** Tiles of a line that a thread transforms. */
const INPUT_ACROSS = 2;
/** As in conv-quad. */
const QUAD_ROWS = 4;
const QUAD_GROUPS = 4;
/** With sums and outputs a thread has 5 · ROWS · 4 values. */
const REGISTER_ROWS = 2;
const TILE_DEPTH = 4;
const TILE_THREADS = 256;

/** Tiles of 2×2 that cover a map. */
function tilesOf({ height, width }: { readonly height: number; readonly width: number }) {
  return { TILES_Y: Math.ceil(height / 2), TILES_X: Math.ceil(width / 2) };
}

/** Bindings: input, transformed input [views][16][tiles][channels], count. */
export function winogradInputKernel(shape: Omit<WinogradShape, 'out'>): SizedKernel {
  const { views, height, width, channels } = shape;
  const tiles = tilesOf(shape);
  const groups = groupsOfFour(channels);
  const threads = Math.ceil(tiles.TILES_X / INPUT_ACROSS) * tiles.TILES_Y * groups;
  return sizedKernel(
    `winograd-input ${channels} @${height}x${width}`,
    input,
    { VIEWS: views, H: height, W: width, C4: groups, ...tiles, ACROSS: INPUT_ACROSS },
    ['read', 'write', 'uniform'],
    (count) => [...splitGrid(Math.ceil((count * threads) / 64)), 1],
  );
}

/** Bindings: transformed input, weights, channels (bias, scale, shift), output, count, and the residual where there is one. */
export function winogradKernel(shape: WinogradShape, epilogue: EpilogueParts, family: Family, quads = 1): SizedKernel {
  const { views, height, width, channels, out } = shape;
  const { TILES_Y, TILES_X } = tilesOf(shape);
  const groups = groupsOfFour(out);
  const variant = variants[family](TILES_Y * TILES_X, groups, quads);
  const bindings: BindingKind[] = ['read', 'read', 'read', 'write', 'uniform'];
  if (epilogue.residual) bindings.push('read');
  return sizedKernel(
    `winograd ${channels}>${out} @${height}x${width} ${variant.name}`,
    variant.source,
    {
      ...{ VIEWS: views, H: height, W: width, C4: groupsOfFour(channels), CO4: groups, TILES_Y, TILES_X },
      ...variant.constants,
      ...epilogueConstants(epilogue),
    },
    bindings,
    variant.grid,
  );
}

interface Variant {
  readonly name: string;
  readonly source: string;
  readonly constants: Readonly<Record<string, number>>;
  grid(views: number): Workgroups;
}

const variants: Record<Family, (tiles: number, groups: number, quads: number) => Variant> = {
  quad: (tiles, groups, quads) => {
    const perQuad = [QUAD_GROUPS, 2, 1].find((n) => groups % n === 0) ?? 1;
    return {
      name: `quad ${4 * QUAD_ROWS}x${4 * perQuad}${quadsSuffix(quads)}`,
      source: quad,
      constants: { ROWS: QUAD_ROWS, GROUPS: perQuad, lanes: 4 * quads },
      grid: (views) => [...splitGrid(Math.ceil((views * tiles) / (4 * quads * QUAD_ROWS))), groups / perQuad],
    };
  },
  register: (tiles, groups) => ({
    name: `register ${REGISTER_ROWS}x4`,
    source: register,
    constants: { ROWS: REGISTER_ROWS },
    grid: (views) => {
      const [x, z] = splitGrid(Math.ceil((views * tiles) / (64 * REGISTER_ROWS)));
      return [x, groups, z];
    },
  }),
  tile: (tiles, groups) => {
    const across = groups <= 8 ? 8 : 16;
    const down = TILE_THREADS / across;
    return {
      name: `tile ${4 * down}x${4 * across}`,
      source: tile,
      constants: { THREADS_M: down, THREADS_N: across, DEPTH: TILE_DEPTH },
      grid: (views) => {
        const [x, z] = splitGrid(Math.ceil((views * tiles) / (4 * down)));
        return [x, Math.ceil(groups / across), z];
      },
    };
  },
};

/**
 * Weights [out, in, 3, 3] to [4i + j][out][in]: G g Gᵀ of each, in f64, both channel counts padded to multiples of 4 with
 * zeros. Lavin & Gray 2016, §4.1: G = [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1].
 */
export function packWinogradWeights(weights: Float32Array, out: number, channels: number): Float32Array {
  const [rows, stored] = [4 * groupsOfFour(out), 4 * groupsOfFour(channels)];
  const packed = new Float32Array(16 * rows * stored);
  const lines = new Float64Array(12);
  const patch = new Float64Array(16);
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      const filter = (o * channels + c) * 9;
      for (let ky = 0; ky < 3; ky++) transformFilter(weights, filter + 3 * ky, 1, lines, 4 * ky, 1);
      for (let j = 0; j < 4; j++) transformFilter(lines, j, 4, patch, j, 4);
      for (let p = 0; p < 16; p++) packed[(p * rows + o) * stored + c] = patch[p]!;
    }
  }
  return packed;
}

/** G of three numbers from `at` on, `step` apart. */
function transformFilter(
  from: Float32Array | Float64Array,
  at: number,
  step: number,
  to: Float64Array,
  first: number,
  apart: number,
): void {
  const a = from[at]!;
  const b = from[at + step]!;
  const c = from[at + 2 * step]!;
  to[first] = a;
  to[first + apart] = (a + b + c) / 2;
  to[first + 2 * apart] = (a - b + c) / 2;
  to[first + 3 * apart] = c;
}
