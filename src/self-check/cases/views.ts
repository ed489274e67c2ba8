import {
  viewBlurKernel,
  viewColorKernel,
  viewGrayMeanKernel,
  viewGrayRowsKernel,
  viewResampleKernel,
} from '../../kernels/view-kernels.js';
import {
  type ColorStep,
  type PlacedPicture,
  packBlur,
  packNormalisation,
  packResample,
  packSteps,
  RESAMPLE_WORDS,
  type ResampledView,
} from '../../kernels/view-records.js';
import { type Answer, answer, type KernelCase, plainAnswer, stored } from '../case.js';
import { bounded, roundings } from '../exact/bounded.js';
import { mean } from '../exact/maps.js';
import * as exact from '../exact/views.js';
import { fractions } from '../numbers.js';

const SIZE = 10;
const AREA = SIZE * SIZE;

/** Kernels that make views: cut and resize, colours, blur. They are f32 under every precision. */
export function viewCases(): KernelCase[] {
  return [resampleCase(), colorCase(), ...grayCases(), blurCase(false), blurCase(true)];
}

const CUT = { offset: [0, 0], filter: 'bilinear', flipHorizontal: false, flipVertical: false } as const;
/** A picture of bytes made smaller and larger, one of numbers; each filter and flip. */
const CUTS: readonly (ResampledView & { readonly planes: boolean })[] = [
  { ...CUT, planes: false, box: [2, 1, 23, 17], resized: [SIZE, SIZE], flipHorizontal: true },
  { ...CUT, planes: false, box: [5, 3, 7, 6], resized: [12, 14], offset: [1, 3], filter: 'bicubic' },
  { ...CUT, planes: true, box: [0, 0, 8, 7], resized: [SIZE, SIZE], flipVertical: true },
  { ...CUT, planes: true, box: [1, 0, 3, 7], resized: [SIZE, SIZE], filter: 'bicubic', flipHorizontal: true },
];

function resampleCase(): KernelCase {
  const bytes: PlacedPicture = { offset: 0, width: 20, height: 27, planes: false };
  const planes: PlacedPicture = { offset: 20 * 27, width: 7, height: 8, planes: true };
  const pixels = Uint8Array.from(fractions(20 * 27 * 4, 71), (value) => 256 * value);
  const numbers = fractions(3 * 7 * 8, 72);
  const source = new Uint32Array([...new Uint32Array(pixels.buffer), ...new Uint32Array(numbers.buffer)]);
  const records = new Uint32Array(CUTS.length * RESAMPLE_WORDS);
  CUTS.forEach((cut, view) => {
    packResample(records, view, cut.planes ? planes : bytes, cut);
  });
  const ofBytes = (y: number, x: number): exact.Pixel => {
    const [r, g, b] = pixels.subarray((y * 20 + x) * 4) as unknown as exact.Pixel;
    return [r / 255, g / 255, b / 255];
  };
  const ofPlanes = (y: number, x: number): exact.Pixel => {
    const plane = (c: number) => numbers[(c * 8 + y) * 7 + x]!;
    return [plane(0), plane(1), plane(2)];
  };
  const views = () => CUTS.flatMap((cut) => exact.resampled(cut.planes ? ofPlanes : ofBytes, cut, SIZE));
  return {
    sized: viewResampleKernel({ size: SIZE, views: CUTS.length }, source.length),
    count: CUTS.length,
    bound: () => [records, source, answer(exact.viewOf(views()), 3, 'f32')],
  };
}

const NORMALISATION = { mean: [0.25, 0.5, 0.375], std: [0.5, 0.25, 0.75] };
/** Every colour operation, on a view each. */
const PROGRAMS: readonly { readonly steps: readonly ColorStep[]; readonly normalised: boolean }[] = [
  { steps: [{ op: 'brightness', factor: 1.3 }], normalised: false },
  { steps: [{ op: 'contrast', factor: 0.6 }], normalised: true },
  { steps: [{ op: 'saturation', factor: 1.7 }], normalised: false },
  { steps: [{ op: 'hue', factor: 0.2 }], normalised: false },
  { steps: [{ op: 'hue', factor: -0.35 }], normalised: true },
  { steps: [{ op: 'grayscale' }, { op: 'invert' }], normalised: false },
  { steps: [{ op: 'solarize', threshold: 0.5 }], normalised: true },
  { steps: [], normalised: false },
];
const MOST_STEPS = 3;

function colorCase(): KernelCase {
  const means = fractions(PROGRAMS.length, 74);
  const records = new Uint32Array(PROGRAMS.length * MOST_STEPS * 2);
  PROGRAMS.forEach(({ steps, normalised }, view) => {
    packSteps(records, view, MOST_STEPS, steps, normalised);
  });
  return {
    sized: viewColorKernel({ size: SIZE, views: PROGRAMS.length }, MOST_STEPS),
    count: PROGRAMS.length,
    bound: () => [records, means, packNormalisation(NORMALISATION.mean, NORMALISATION.std), coloured(means)],
  };
}

function coloured(means: Float32Array): Answer {
  const before = pixelsOf(PROGRAMS.length, 73);
  const after = before.map((pixel, i) => {
    const view = Math.floor(i / AREA);
    const { steps, normalised } = PROGRAMS[view]!;
    const last = steps.reduce((x, step) => applied(step, x, means[view]!), pixel);
    return normalised ? (last.map(normal) as unknown as exact.Pixel) : last;
  });
  // A normalised value is off by as much as it was, over the deviation.
  const largest = exact.VIEW_ERROR / Math.min(...NORMALISATION.std);
  return { ...answer(exact.viewOf(after, largest), 3, 'f32'), before: storedPixels(before) };
}

function normal(value: number, c: number): number {
  return (value - NORMALISATION.mean[c]!) / NORMALISATION.std[c]!;
}

function applied(step: ColorStep, pixel: exact.Pixel, gray: number): exact.Pixel {
  switch (step.op) {
    case 'brightness':
      return exact.brightened(pixel, step.factor);
    case 'contrast':
      return exact.contrasted(pixel, step.factor, gray);
    case 'saturation':
      return exact.saturated(pixel, step.factor);
    case 'hue':
      return exact.hueTurned(pixel, step.factor);
    case 'grayscale': {
      const luma = exact.grayOf(pixel);
      return [luma, luma, luma];
    }
    case 'invert':
      return exact.inverted(pixel);
    case 'solarize':
      return exact.inverted(pixel, step.threshold);
    case 'normalize':
      return pixel.map(normal) as unknown as exact.Pixel;
  }
}

function grayCases(): KernelCase[] {
  const pixels = pixelsOf(2, 75);
  const rows = bounded(2 * SIZE);
  pixels.forEach((pixel, i) => {
    const row = Math.floor(i / SIZE);
    rows.values[row]! += exact.grayOf(pixel);
    // Three products by rounded numbers, and the sums.
    rows.errors[row]! += roundings(SIZE + 5) * exact.grayOf(pixel);
  });
  const sums = fractions(3 * SIZE, 76);
  const means = bounded(3);
  for (let view = 0; view < 3; view++)
    [means.values[view], means.errors[view]] = mean([...sums.subarray(view * SIZE, (view + 1) * SIZE)], AREA);
  return [
    {
      sized: viewGrayRowsKernel({ size: SIZE, views: 2 }),
      count: 2,
      bound: () => [storedPixels(pixels), plainAnswer(rows)],
    },
    { sized: viewGrayMeanKernel({ size: SIZE, views: 3 }), count: 3, bound: () => [sums, plainAnswer(means)] },
  ];
}

/** One view is blurred, the other is not. */
function blurCase(vertical: boolean): KernelCase {
  const weights = [0.4, 0.2, 0.1];
  const radius = weights.length - 1;
  const pixels = pixelsOf(2, 77);
  const records = new Float32Array(2 * (radius + 1));
  packBlur(records, 0, radius, weights);
  packBlur(records, 1, radius, null);
  const views = [...exact.blurredLine(pixels.slice(0, AREA), weights, vertical, SIZE), ...pixels.slice(AREA)];
  return {
    sized: viewBlurKernel({ size: SIZE, views: 2 }, radius, vertical),
    count: 2,
    bound: () => [records, storedPixels(pixels), answer(exact.viewOf(views), 3, 'f32')],
  };
}

function pixelsOf(views: number, seed: number): exact.Pixel[] {
  const values = fractions(views * AREA * 3, seed);
  return Array.from({ length: views * AREA }, (_, i) => [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!]);
}

function storedPixels(pixels: readonly exact.Pixel[]): Float32Array {
  return stored(Float32Array.from(pixels.flat()), 3, 'f32') as Float32Array;
}
