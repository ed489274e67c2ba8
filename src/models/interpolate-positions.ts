import { MemgpuError } from '../errors.js';

/**
 * How a family fits its position table to another grid. All five are bicubic:
 *
 * | rule | whose | source coordinate of output x | a |
 * | --- | --- | --- | --- |
 * | `dino` | DINO, DINOv2 without registers | (x + ½) · from / (to + 0.1) − ½ | −¾ |
 * | `hugging-face` | transformers | (x + ½) · from / to − ½ | −¾ |
 * | `torchvision` | its `interpolate_embeddings` | x · (from − 1) / (to − 1) | −¾ |
 * | `timm`, `dinov2-registers` | timm; DINOv2 with registers | as `hugging-face`, antialiased | −½ |
 */
export type PositionRule = 'dino' | 'dinov2-registers' | 'hugging-face' | 'timm' | 'torchvision';

/** Rows and columns of a table, in patches. */
export interface PatchGrid {
  readonly height: number;
  readonly width: number;
}

/** Where one output row or column reads, and how much of each. */
interface Taps {
  readonly at: readonly number[];
  readonly weights: readonly number[];
}

/** DINO adds this to the number of patches, so that the output size survives rounding; it moves the coordinates. */
const DINO_OFFSET = 0.1;

/**
 * Fits a table of position embeddings to another grid, as PyTorch's `interpolate(mode='bicubic')` does when called as
 * the rule's project calls it. Computed in float64, rounded once. A grid that does not change leaves the table as it
 * is under every rule.
 *
 * @param table one row of `channels` values per patch, [from.height, from.width, channels], without prefix tokens
 * @returns [to.height, to.width, channels]
 * @throws SHAPE_MISMATCH where the table is not of that size
 */
export function interpolatePositions(
  table: Float32Array,
  from: PatchGrid,
  to: PatchGrid,
  channels: number,
  rule: PositionRule,
): Float32Array {
  if (table.length !== from.height * from.width * channels)
    throw new MemgpuError(
      'SHAPE_MISMATCH',
      `a position table of ${table.length} values does not cover ${from.height} × ${from.width} patches of ${channels}`,
    );
  if (from.height === to.height && from.width === to.width) return table;
  const wide = resample(Float64Array.from(table), from.height, axisTaps(from.width, to.width, rule), channels);
  return Float32Array.from(resample(wide, 1, axisTaps(from.height, to.height, rule), to.width * channels));
}

/** Combines the middle axis of [outer, n, inner]. */
function resample(x: Float64Array, outer: number, taps: readonly Taps[], inner: number): Float64Array {
  const stride = x.length / outer;
  const y = new Float64Array(outer * taps.length * inner);
  let row = 0;
  for (let o = 0; o < outer; o++)
    for (const { at, weights } of taps) {
      for (const [k, index] of at.entries()) {
        const source = o * stride + index * inner;
        for (let i = 0; i < inner; i++) y[row + i]! += weights[k]! * x[source + i]!;
      }
      row += inner;
    }
  return y;
}

function axisTaps(from: number, to: number, rule: PositionRule): Taps[] {
  const each = (taps: (x: number) => Taps) => Array.from({ length: to }, (_, x) => taps(x));
  switch (rule) {
    case 'dino': {
      const scale = from / (to + DINO_OFFSET);
      return each((x) => cubicTaps((x + 0.5) * scale - 0.5, from));
    }
    case 'hugging-face':
      return each((x) => cubicTaps(((x + 0.5) * from) / to - 0.5, from));
    case 'torchvision':
      return each((x) => cubicTaps(to === 1 ? 0 : (x * (from - 1)) / (to - 1), from));
    case 'timm':
    case 'dinov2-registers':
      return each((x) => antialiasedTaps(x, from, to));
  }
}

/** Four neighbours of a coordinate; beyond the border the last one stands in. */
function cubicTaps(coordinate: number, from: number): Taps {
  const first = Math.floor(coordinate) - 1;
  const offsets = [0, 1, 2, 3].map((k) => first + k);
  return {
    at: offsets.map((index) => Math.min(Math.max(index, 0), from - 1)),
    weights: offsets.map((index) => cubic(index - coordinate, -0.75)),
  };
}

/** The cubic stretched over the patches that one output covers; weights beyond the border are shared out among the rest. */
function antialiasedTaps(x: number, from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const centre = (x + 0.5) * scale;
  const first = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
  const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), from);
  const at = Array.from({ length: end - first }, (_, k) => first + k);
  const weights = at.map((index) => cubic((index - centre + 0.5) / stretch, -0.5));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { at, weights: weights.map((weight) => weight / sum) };
}

/** Keys' cubic convolution kernel with free parameter a (R. Keys, 1981). */
function cubic(distance: number, a: number): number {
  const t = Math.abs(distance);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  return 0;
}
