import { blurWeights } from '../src/images/blur-weights.js';
import { momentsKernels } from '../src/kernels/moments.js';
import { pairsKernels } from '../src/kernels/pair-distances.js';
import type { SizedKernel } from '../src/kernels/sized-kernel.js';
import {
  type ViewShape,
  viewBlurKernel,
  viewColorKernel,
  viewGrayMeanKernel,
  viewGrayRowsKernel,
  viewPixelsBytes,
  viewResampleKernel,
} from '../src/kernels/view-kernels.js';
import {
  type ColorStep,
  packBlur,
  packNormalisation,
  packResample,
  packSteps,
  RESAMPLE_WORDS,
} from '../src/kernels/view-records.js';
import type { Case, Task } from './case.js';
import { numbers } from './numbers.js';

const ROWS = 10;
/** Images of 10 views in a batch: for statistics of 64 channels at 16 × 16, and for making views of 224 pixels. */
const IMAGES = { software: { statistics: 32, views: 2 }, hardware: { statistics: 192, views: 16 } };

/** What an analysis runs beside the forward passes: views of images, and statistics of taps. */
export function analysisCases(kind: 'software' | 'hardware'): Case[] {
  const { statistics, views } = IMAGES[kind];
  return [...viewCases({ size: 224, views: views * ROWS }), ...statisticsCases(statistics)];
}

/** A picture of 256 pixels, cropped and resized as `simclr` does. */
const PICTURE = 256;
const CROP = 180;
const BLUR = 23;
const STEPS: readonly ColorStep[] = [
  { op: 'brightness', factor: 0.9 },
  { op: 'saturation', factor: 1.1 },
  { op: 'hue', factor: 0.1 },
];

function viewCases(shape: ViewShape): Case[] {
  const { size, views } = shape;
  const [pixels, bytes] = [views * size * size, viewPixelsBytes(shape)];
  const radius = (BLUR - 1) / 2;
  const named = (name: string, make: () => Omit<Task, 'count'>): Case => ({
    name: `${name} ${size} b${views}`,
    make: () => ({ count: views, ...make() }),
  });
  return [
    named('view-resample', () => {
      const pictures = views / ROWS;
      const words = PICTURE * PICTURE;
      const records = new Uint32Array(views * RESAMPLE_WORDS);
      for (let view = 0; view < views; view++) {
        const offset = Math.floor(view / ROWS) * words;
        packResample(
          records,
          view,
          { offset, width: PICTURE, height: PICTURE, planes: false },
          {
            box: [(7 * view) % (PICTURE - CROP), (5 * view) % (PICTURE - CROP), CROP, CROP],
            resized: [size, size],
            offset: [0, 0],
            filter: 'bilinear',
            flipHorizontal: view % 2 === 1,
            flipVertical: false,
          },
        );
      }
      const source = Uint32Array.from(numbers(pictures * words, 0, 2 ** 24));
      return {
        sized: viewResampleKernel(shape, source.length),
        bound: [records, source, bytes],
        // Two pixels a row and two rows: a weight each, and the product of the rows.
        flops: pixels * 3 * 2 * 6,
      };
    }),
    named('view-color', () => {
      const most = STEPS.length + 1;
      const programs = new Uint32Array(views * most * 2);
      for (let view = 0; view < views; view++) packSteps(programs, view, most, STEPS, true);
      return {
        sized: viewColorKernel(shape, most),
        bound: [programs, numbers(views, 0, 1), packNormalisation([0, 0, 0], [1, 1, 1]), { inPlace: bytes }],
        // Brightness 1, saturation 8, normalisation 2 for each channel; hue through HSV, some 30 for a pixel.
        flops: pixels * (3 * 11 + 30),
      };
    }),
    ...[false, true].map((vertical) =>
      named(`view-blur ${vertical ? 'vertical' : 'horizontal'} ${BLUR}`, () => {
        const weights = new Float32Array(views * (radius + 1));
        for (let view = 0; view < views; view++) packBlur(weights, view, radius, blurWeights(BLUR, 1));
        return {
          sized: viewBlurKernel(shape, radius, vertical),
          bound: [weights, numbers(bytes / 4, 0, 1), bytes],
          flops: pixels * 3 * (1 + 3 * radius),
        };
      }),
    ),
    named('view-gray-rows', () => ({
      sized: viewGrayRowsKernel(shape),
      bound: [numbers(bytes / 4, 0, 1), views * size * 4],
      flops: pixels * 6,
    })),
    named('view-gray-mean', () => ({
      sized: viewGrayMeanKernel(shape),
      bound: [numbers(views * size, 0, 1), views * 4],
      flops: views * size,
    })),
  ];
}

function statisticsCases(images: number): Case[] {
  const [positions, channels] = [256, 64];
  const views = images * ROWS;
  const values = views * positions * channels;
  const shape = { images, rows: ROWS, positions, channels };
  const moments = momentsKernels({ ...shape, first: 0 });
  const pairs = pairsKernels({ ...shape, pairs: 'all', normalized: true, l1: false });
  const [distances] = pairs.distances as [SizedKernel];
  const { sumsBytes, squaresBytes, muBytes, normsBytes } = moments;
  const size = `${positions}x${channels}`;
  const norms = () => numbers(normsBytes / 4, 0.5, 1);
  return [
    {
      name: `view-moments ${size} b${views}`,
      make: () => ({
        sized: moments.viewMoments,
        count: views,
        bound: [numbers(values), sumsBytes, squaresBytes],
        flops: 3 * values,
      }),
    },
    {
      name: `unit-means ${size} ${images} images`,
      make: () => ({
        sized: moments.unitMeans,
        count: images,
        bound: [numbers(sumsBytes / 4), muBytes],
        flops: sumsBytes / 4,
      }),
    },
    {
      name: `view-norms ${size} b${views}`,
      make: () => ({
        sized: moments.viewNorms,
        count: views,
        bound: [numbers(squaresBytes / 4, 0, 1), normsBytes, new Uint32Array([views, 0, 0, 0])],
        flops: squaresBytes / 4,
      }),
    },
    {
      name: `pair-distances ${ROWS}x${size} b${views}`,
      make: () => ({
        sized: distances,
        count: images,
        bound: [numbers(values), norms(), pairs.partsBytes],
        // Normalised once; a difference, a product and a sum for each pair.
        flops: values + 3 * images * pairs.pairs * positions * channels,
      }),
    },
    {
      name: `pair-sums ${pairs.pairs} pairs ${images} images`,
      make: () => ({
        sized: pairs.pairSums,
        count: images,
        bound: [numbers(pairs.partsBytes / 4, 0, 1), pairs.sumsBytes],
        flops: pairs.partsBytes / 4,
      }),
    },
  ];
}
