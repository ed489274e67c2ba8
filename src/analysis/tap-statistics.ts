import type { Tap } from '../encoder/forward.js';
import type { Allocation, Bindings, Buffer, BufferRange, Gpu, Pipeline, Recording } from '../gpu/gpu.js';
import { type MomentsKernels, momentsKernels } from '../kernels/moments.js';
import { type PairsKernels, pairsKernels } from '../kernels/pair-distances.js';
import { groupsOfFour, type SizedKernel } from '../kernels/sized-kernel.js';
import type { AnalysisOptions } from './options.js';
import { readPositions } from './token-range.js';

/** What is measured of every tap, for a batch of up to `images` images. */
export interface StatisticsOptions {
  readonly images: number;
  /** Rows of a batch per image: its views, after the clean image where pairs are `clean`. */
  readonly rows: number;
  readonly pairs: 'all' | 'clean';
  readonly tokens: AnalysisOptions['tokens'];
  /** Features divided by their ℓ2 norm before distances are taken. */
  readonly normalized: boolean;
  /** Sums of |a − b| instead of (a − b)². */
  readonly l1: boolean;
}

/** A tap's numbers for the images of a batch. */
export interface TapStatistics {
  /** [images, units]: mean over views and positions; empty for attention maps, which have no units. */
  readonly mu: Float32Array;
  /** [images, pairs]. */
  readonly sums: Float32Array;
  /** [images, rows]: squared ℓ2 norms of the features. */
  readonly norms: Float32Array;
  /** [images, rows]: above 0 where a value was NaN or infinite, or too large for its square to be summed. */
  readonly nonFinite: Float32Array;
}

/** The statistics of one encoder's taps: two readings of each tap on the GPU, one block of results a batch. */
export interface Statistics extends Disposable {
  /** Appends the statistics of tap `index`; called from `Forward.record`. */
  record(recording: Recording, index: number, images: number): void;
  /** What to read back after the run. */
  readonly results: Buffer;
  decode(bytes: ArrayBuffer, images: number): TapStatistics[];
  readonly bytes: number;
  dispose(): void;
}

interface Layout {
  readonly moments: MomentsKernels;
  /** Null where an image has a single row: there is no pair. */
  readonly pairs: PairsKernels | null;
  readonly units: number;
  readonly mu: number;
  readonly norms: number;
  readonly sums: number;
}

const ALIGNMENT = 256;
const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** @param count the workspace's uniform with the number of views of the run */
export async function createStatistics(
  gpu: Gpu,
  taps: readonly Tap[],
  count: Buffer,
  options: StatisticsOptions,
): Promise<Statistics> {
  let end = 0;
  const place = (bytes: number) => {
    const at = end;
    end += aligned(bytes);
    return at;
  };
  const first = options.pairs === 'clean' ? 1 : 0;
  const layouts = taps.map(({ shape, storage }): Layout => {
    const sized = { ...options, storage, ...readPositions(shape, options.tokens), channels: shape.channels };
    const moments = momentsKernels({ ...sized, first });
    const pairs = options.rows > 1 ? pairsKernels(sized) : null;
    return {
      moments,
      pairs,
      units: shape.attention ? 0 : shape.channels,
      mu: place(shape.attention ? 0 : moments.muBytes),
      norms: place(moments.normsBytes),
      sums: place(pairs?.sumsBytes ?? 0),
    };
  });

  const most = (pick: (layout: Layout) => number) => Math.max(...layouts.map(pick));
  const allocation: Allocation = await gpu.allocate([
    { label: 'statistics: results', bytes: end },
    { label: 'statistics: sums', bytes: most(({ moments }) => moments.sumsBytes) },
    { label: 'statistics: squares', bytes: most(({ moments }) => moments.squaresBytes) },
    {
      label: 'statistics: pair parts',
      bytes: Math.max(
        4,
        most(({ pairs }) => pairs?.partsBytes ?? 0),
      ),
    },
  ]);
  const [results, sums, squares, parts] = allocation.buffers as [Buffer, Buffer, Buffer, Buffer];

  const bound = await Promise.all(
    taps.map(async ({ buffer }, i) => {
      const { moments, pairs, units, mu, norms, sums: sumsAt } = layouts[i] as Layout;
      const muRange: BufferRange = { buffer: results, offset: mu, bytes: moments.muBytes };
      const normsRange: BufferRange = { buffer: results, offset: norms, bytes: moments.normsBytes };
      // The scratch buffers serve all taps; each kernel binds the part that its literal array lengths name.
      const scratch = (whole: Buffer, bytes: number): BufferRange => ({ buffer: whole, offset: 0, bytes });
      const sumsPart = scratch(sums, moments.sumsBytes);
      const squaresPart = scratch(squares, moments.squaresBytes);
      const jobs: Job[] = [
        [moments.viewMoments, [buffer, sumsPart, squaresPart], 'views'],
        ...(units > 0 ? [[moments.unitMeans, [sumsPart, muRange], 'images'] satisfies Job] : []),
        [moments.viewNorms, [squaresPart, normsRange, count], 'views'],
        ...(pairs ? pairJobs(pairs, buffer, normsRange, scratch(parts, pairs.partsBytes), results, sumsAt) : []),
      ];
      const pipelines = await gpu.compile(jobs.map(([{ kernel }]) => kernel));
      return jobs.map(
        ([sized, ranges, per], j): { sized: SizedKernel; bindings: Bindings; per: 'views' | 'images' } => ({
          sized,
          bindings: gpu.bind(pipelines[j] as Pipeline, ranges),
          per,
        }),
      );
    }),
  );

  return {
    record(recording, index, images) {
      for (const { sized, bindings, per } of bound[index] ?? []) {
        recording.dispatch(bindings, sized.grid(per === 'views' ? images * options.rows : images));
      }
    },
    results,
    decode: (bytes, images) => layouts.map((layout) => decode(layout, bytes, images, options.rows)),
    bytes: allocation.bytes,
    dispose: () => allocation.dispose(),
    [Symbol.dispose]: () => allocation.dispose(),
  };
}

type Job = [sized: SizedKernel, ranges: BufferRange[], per: 'views' | 'images'];

function pairJobs(
  pairs: PairsKernels,
  tap: Buffer,
  norms: BufferRange,
  parts: BufferRange,
  results: Buffer,
  at: number,
): Job[] {
  const sums: BufferRange = { buffer: results, offset: at, bytes: pairs.sumsBytes };
  return [
    ...pairs.distances.map((kernel): Job => [kernel, [tap, norms, parts], 'images']),
    [pairs.pairSums, [parts, sums], 'images'],
  ];
}

function decode(layout: Layout, bytes: ArrayBuffer, images: number, rows: number): TapStatistics {
  const { units, pairs } = layout;
  const stored = groupsOfFour(units) * 4;
  const padded = new Float32Array(bytes, layout.mu, images * stored);
  const mu = new Float32Array(images * units);
  for (let i = 0; i < images; i++) mu.set(padded.subarray(i * stored, i * stored + units), i * units);
  const both = new Float32Array(bytes, layout.norms, images * rows * 2);
  const norms = new Float32Array(images * rows);
  const nonFinite = new Float32Array(images * rows);
  for (let row = 0; row < norms.length; row++) {
    const norm = both[2 * row] as number;
    norms[row] = norm;
    // A norm that overflows would pass for a zero vector: it counts as not finite, as the values are as good as that.
    nonFinite[row] = Number.isFinite(norm) ? (both[2 * row + 1] as number) : 1;
  }
  return {
    mu,
    sums: new Float32Array(bytes.slice(layout.sums, layout.sums + images * (pairs?.pairs ?? 0) * 4)),
    norms,
    nonFinite,
  };
}
