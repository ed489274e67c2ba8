import type { Picture } from '../../src/images/image.js';
import type { ViewParameters, ViewStep } from '../../src/images/views.js';

/**
 * Views in float64, straight from torchvision's definitions (resize with antialias, tensor functions) and apart from the
 * shaders: separable weights as tables, hue through HSV as written there, a blur by its two-dimensional kernel.
 * A view is [size][size][3].
 */
export type View = Float64Array;

/** Per channel: (x − mean) / std. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** @param normalisation what a step `normalize` applies; nothing is normalised without that step */
export function referenceView(
  picture: Picture,
  parameters: ViewParameters,
  size: number,
  normalisation: Normalisation = { mean: [0, 0, 0], std: [1, 1, 1] },
): View {
  let view = resample(picture, parameters, size);
  for (const step of parameters.steps) {
    view = step.op === 'normalize' ? normalised(view, normalisation) : applyStep(view, step, size);
  }
  return view;
}

export function normalised(view: View, { mean, std }: Normalisation): View {
  return view.map((x, i) => (x - mean[i % 3]!) / std[i % 3]!);
}

function channel(picture: Picture, y: number, x: number, c: number): number {
  const at = y * picture.width + x;
  if ('rgba' in picture) return picture.rgba[at * 4 + c]! / 255;
  return picture.rgb[c * picture.width * picture.height + at]!;
}

/** Weights of output pixel x, by source pixel; those out of reach are absent. */
function axisWeights(x: number, from: number, to: number, filter: ViewParameters['filter']): [number, number][] {
  const scale = from / to;
  const support = (filter === 'bicubic' ? 2 : 1) * Math.max(scale, 1);
  const inverse = scale >= 1 ? 1 / scale : 1;
  const centre = scale * (x + 0.5);
  const first = Math.max(Math.trunc(centre - support + 0.5), 0);
  const count = Math.min(Math.trunc(centre + support + 0.5), from) - first;
  const weights = Array.from({ length: count }, (_, j): [number, number] => [
    first + j,
    kernel(Math.abs((j + first - centre + 0.5) * inverse), filter),
  ]);
  const total = weights.reduce((sum, [, w]) => sum + w, 0);
  return weights.map(([i, w]) => [i, w / total]);
}

function kernel(t: number, filter: ViewParameters['filter']): number {
  if (filter === 'bilinear') return Math.max(0, 1 - t);
  const a = -0.5;
  if (t < 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
  return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0;
}

function resample(picture: Picture, parameters: ViewParameters, size: number): View {
  const [top, left, height, width] = parameters.box;
  const view = new Float64Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const down = axisWeights(y + parameters.offset[0], height, parameters.resized[0], parameters.filter);
    for (let x = 0; x < size; x++) {
      const across = axisWeights(x + parameters.offset[1], width, parameters.resized[1], parameters.filter);
      const toX = parameters.flipHorizontal ? size - 1 - x : x;
      const toY = parameters.flipVertical ? size - 1 - y : y;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (const [j, wy] of down)
          for (const [i, wx] of across) sum += wy * wx * channel(picture, top + j, left + i, c);
        view[(toY * size + toX) * 3 + c] = sum;
      }
    }
  }
  return view;
}

const clamp = (x: number) => Math.min(Math.max(x, 0), 1);
const gray = (r: number, g: number, b: number) => 0.2989 * r + 0.587 * g + 0.114 * b;

function applyStep(view: View, step: Exclude<ViewStep, { op: 'normalize' }>, size: number): View {
  switch (step.op) {
    case 'brightness':
      return view.map((x) => clamp(step.factor * x));
    case 'contrast': {
      let sum = 0;
      for (let i = 0; i < view.length; i += 3) sum += gray(view[i]!, view[i + 1]!, view[i + 2]!);
      const mean = sum / (view.length / 3);
      return view.map((x) => clamp(step.factor * x + (1 - step.factor) * mean));
    }
    case 'saturation':
      return perPixel(view, (r, g, b) =>
        [r, g, b].map((x) => clamp(step.factor * x + (1 - step.factor) * gray(r, g, b))),
      );
    case 'hue':
      return perPixel(view, (r, g, b) => hueTurned(r, g, b, step.factor));
    case 'grayscale':
      return perPixel(view, (r, g, b) => [gray(r, g, b), gray(r, g, b), gray(r, g, b)]);
    case 'invert':
      return view.map((x) => 1 - x);
    case 'solarize':
      return view.map((x) => (x >= step.threshold ? 1 - x : x));
    case 'blur':
      return blurred(view, step.kernel, step.sigma, size);
  }
}

function perPixel(view: View, turn: (r: number, g: number, b: number) => number[]): View {
  const out = new Float64Array(view.length);
  for (let i = 0; i < view.length; i += 3) out.set(turn(view[i]!, view[i + 1]!, view[i + 2]!), i);
  return out;
}

function hueTurned(r: number, g: number, b: number, factor: number): number[] {
  const max = Math.max(r, g, b);
  const min = Math.min(r, g, b);
  const equal = max === min;
  const s = equal ? 0 : (max - min) / max;
  const divisor = equal ? 1 : max - min;
  const rc = (max - r) / divisor;
  const gc = (max - g) / divisor;
  const bc = (max - b) / divisor;
  let h = 0;
  if (max === r) h = bc - gc;
  else if (max === g) h = 2 + rc - bc;
  else h = 4 + gc - rc;
  h = (h / 6 + 1) % 1;
  h = (((h + factor) % 1) + 1) % 1;
  const i = Math.floor(h * 6);
  const f = h * 6 - i;
  const p = clamp(max * (1 - s));
  const q = clamp(max * (1 - s * f));
  const t = clamp(max * (1 - s * (1 - f)));
  return [
    [max, t, p],
    [q, max, p],
    [p, max, t],
    [p, q, max],
    [t, p, max],
    [max, p, q],
  ][i % 6]!;
}

function blurred(view: View, width: number, sigma: number, size: number): View {
  const half = (width - 1) / 2;
  const line = Array.from({ length: width }, (_, i) => Math.exp(-0.5 * ((i - half) / sigma) ** 2));
  const total = line.reduce((sum, w) => sum + w, 0);
  const reflect = (i: number) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  const out = new Float64Array(view.length);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let j = 0; j < width; j++)
        for (let i = 0; i < width; i++) {
          const w = (line[j]! / total) * (line[i]! / total);
          const from = (reflect(y + j - half) * size + reflect(x + i - half)) * 3;
          for (let c = 0; c < 3; c++) out[(y * size + x) * 3 + c]! += w * view[from + c]!;
        }
  return out;
}
