import type { Storage } from '../../half.js';
import { momentsKernels } from '../../kernels/moments.js';
import { pairsKernels } from '../../kernels/pair-distances.js';
import { answer, type KernelCase, plainAnswer, stored } from '../case.js';
import { type Bounded, bounded } from '../exact/bounded.js';
import { distanceParts, means, moments, sums } from '../exact/statistics.js';
import { fractions, signed } from '../numbers.js';

/** 70 of 75 positions in two slices; 10 channels. */
const TAP = { positions: 70, channels: 10, range: { stored: 75, offset: 3 } };
const WIDE = 12;

/** Unit means, norms and the test for values that are not finite. */
export function momentCases(storage: Storage): KernelCase[] {
  const shape = { ...TAP, images: 2, rows: 3, first: 1, storage };
  const { viewMoments, unitMeans, viewNorms } = momentsKernels(shape);
  const [views, slices, groups] = [6, 2, WIDE / 4];
  const input = signed(views * TAP.range.stored * TAP.channels, 61, storage);
  // In the second view, inside the range.
  input[(TAP.range.stored + 40) * TAP.channels + 5] = Number.POSITIVE_INFINITY;
  const perSlice = signed(views * slices * WIDE, 62);
  const squares = fractions(views * slices * groups * 2, 63);
  return [
    {
      sized: viewMoments,
      count: views,
      bound() {
        const exact = moments({ ...TAP, ...TAP.range, views, slices }, input);
        return [
          stored(input, TAP.channels, storage),
          answer(exact.sums, TAP.channels, 'f32'),
          plainAnswer(exact.squares),
        ];
      },
    },
    ...(storage === 'f32'
      ? [
          {
            sized: unitMeans,
            count: 2,
            bound: () => [perSlice, plainAnswer(means(perSlice, 3 * slices, WIDE, slices, 2 * TAP.positions))],
          },
          {
            sized: viewNorms,
            count: views,
            bound: () => [squares, plainAnswer(sums(squares, slices * groups, 2)), new Uint32Array([views, 0, 0, 0])],
          },
        ]
      : []),
  ];
}

/**
 * Distances of all pairs and of pairs with the clean view; of features as they are and divided by their norms.
 * @param blocks whether there are so many views that their pairs are taken in blocks
 */
export function distanceCases(storage: Storage, blocks: boolean): KernelCase[] {
  const l2 = { normalized: true, l1: false };
  return [
    ...pairCases(3, 'all', l2, storage),
    ...pairCases(3, 'all', { normalized: true, l1: true }, storage),
    ...pairCases(3, 'all', { normalized: false, l1: false }, storage),
    ...pairCases(3, 'all', { normalized: false, l1: true }, storage),
    ...pairCases(4, 'clean', l2, storage),
    ...(blocks ? pairCases(13, 'all', l2, storage) : []),
    ...(storage === 'f32' ? [pairSumsCase()] : []),
  ];
}

interface Distance {
  readonly normalized: boolean;
  readonly l1: boolean;
}

type Pair = readonly [j: number, k: number];

function pairCases(rows: number, pairs: 'all' | 'clean', distance: Distance, storage: Storage): KernelCase[] {
  const images = 2;
  const kernels = pairsKernels({ ...TAP, ...distance, images, rows, pairs, storage });
  const input = signed(images * rows * TAP.range.stored * TAP.channels, 64, storage);
  const norms = fractions(images * rows * 2, 65).map((value) => value + 1);
  const listed = pairsOf(rows).filter(([j]) => pairs === 'all' || j === 0);
  // Of several blocks of views one kernel takes the pairs within a block, another those across.
  const blocks = kernels.distances.length > 1;
  const across = ([j, k]: Pair) => Math.floor(j / 8) !== Math.floor(k / 8);
  return kernels.distances.map((sized, i) => ({
    sized,
    count: images,
    bound: () => [
      stored(input, TAP.channels, storage),
      norms,
      plainAnswer(
        partsOf(
          input,
          distance.normalized ? norms : null,
          distance.l1,
          rows,
          listed,
          (pair) => !blocks || across(pair) === (i === 1),
        ),
      ),
    ],
  }));
}

function pairsOf(rows: number): Pair[] {
  return Array.from({ length: rows }, (_, j) =>
    Array.from({ length: rows - j - 1 }, (_, k): Pair => [j, j + k + 1]),
  ).flat();
}

/**
 * [images][slices][pairs]; of pairs that are not `written` it may be anything.
 * @param norms [views] of (squared norm, flag); null where features are compared as they are
 */
function partsOf(
  input: Float32Array,
  norms: Float32Array | null,
  l1: boolean,
  rows: number,
  pairs: readonly Pair[],
  written: (pair: Pair) => boolean,
): Bounded {
  // Padding adds nothing: whole groups are sliced, as they are stored.
  const padded = stored(input, TAP.channels, 'f32');
  const range = { stored: TAP.range.stored * WIDE, first: TAP.range.offset * WIDE, length: TAP.positions * WIDE };
  const [images, slices] = [padded.length / range.stored / rows, 2];
  const squares = norms?.filter((_, i) => i % 2 === 0) ?? null;
  const whole = bounded(images * slices * pairs.length);
  for (let image = 0; image < images; image++)
    pairs.forEach((pair, p) => {
      const places = Array.from({ length: slices }, (_, slice) => (image * slices + slice) * pairs.length + p);
      if (!written(pair)) {
        for (const at of places) whole.errors[at] = Number.POSITIVE_INFINITY;
        return;
      }
      const views = [image * rows + pair[0], image * rows + pair[1]] as const;
      const parts = distanceParts(padded, range, views, squares, l1, range.length / slices);
      places.forEach((at, slice) => {
        whole.values[at] = parts.values[slice]!;
        whole.errors[at] = parts.errors[slice]!;
      });
    });
  return whole;
}

function pairSumsCase(): KernelCase {
  const { pairSums } = pairsKernels({
    ...{ images: 2, rows: 3, positions: 300, channels: 8 },
    ...{ pairs: 'all', normalized: true, l1: false },
  });
  const slices = 5;
  const parts = fractions(2 * slices * 3, 66);
  return { sized: pairSums, count: 2, bound: () => [parts, plainAnswer(sums(parts, slices, 3))] };
}
