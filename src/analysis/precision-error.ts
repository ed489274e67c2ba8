import type { Encoder } from '../encoder/encoder.js';
import { MemgpuError } from '../errors.js';
import type { Precision } from '../kernels/design.js';
import { type Score, sslMem } from '../metrics/sslmem.js';
import type { AnalysisPlan, AnalyzedEncoder } from './analyze.js';
import { BatchRunner, type MeasureOptions } from './batch-runner.js';
import { ChunkCollector, NonFiniteFound, throwIfAborted } from './chunk-collector.js';
import type { ChunkLayer, ChunkRecord } from './chunk-record.js';
import { explainNonFinite } from './non-finite.js';
import type { LayerPrecision, LayerScores, PrecisionError, SetName, SetScores } from './result.js';
import { SET_NAMES } from './result.js';

/** Images whose numbers are compared, where one batch holds so many. */
const IMAGES = 2;

/** The first images of a run's first set, as a precision measures them and as f32 does. */
export interface PrecisionSample {
  readonly name: Precision;
  readonly coarse: ChunkRecord;
  readonly exact: ChunkRecord;
}

/**
 * Measures the first images of the first set twice, on the same views: in the encoders' precision and in f32. For this
 * time alone the weights lie on the GPU in both.
 * @throws NON_FINITE, ABORTED; OUT_OF_MEMORY where there is no room for both
 */
export async function samplePrecision(
  encoders: readonly AnalyzedEncoder[],
  plan: Pick<AnalysisPlan, 'precision' | 'taps' | 'source' | 'sizes' | 'batch'>,
  options: MeasureOptions,
  signal?: AbortSignal,
): Promise<PrecisionSample> {
  const set = SET_NAMES.find((name) => plan.sizes[name] !== undefined)!;
  const images = Math.min(IMAGES, plan.batch, plan.sizes[set]!);
  const measured = (of: readonly Encoder[]) => {
    throwIfAborted(signal);
    return measure(of, plan, set, images, options);
  };
  const coarse = await measured(encoders.map(({ encoder }) => encoder));
  const loaded: Encoder[] = [];
  try {
    for (const { inF32 } of encoders) loaded.push(await inF32!());
    return { name: plan.precision, coarse, exact: await measured(loaded) };
  } catch (error) {
    if (!(error instanceof MemgpuError) || error.code !== 'OUT_OF_MEMORY') throw error;
    throw new MemgpuError(
      'OUT_OF_MEMORY',
      `the error of ${plan.precision} is measured with the weights in f32 beside it: ${error.message}`,
      { hint: 'Use a smaller --size, fewer --views, or another adapter.', cause: error },
    );
  } finally {
    for (const encoder of loaded) encoder.dispose();
  }
}

async function measure(
  encoders: readonly Encoder[],
  { taps, source }: Pick<AnalysisPlan, 'taps' | 'source'>,
  set: SetName,
  images: number,
  options: MeasureOptions,
): Promise<ChunkRecord> {
  try {
    using runner = await BatchRunner.open(encoders, taps, source, images, options);
    const batch = await runner.prepare(set, 0, images);
    const chunk = { number: 0, set, first: 0, count: batch.images.length };
    const collector = new ChunkCollector(chunk, runner, options);
    collector.add(batch, await runner.run(batch));
    return collector.record(runner.facts);
  } catch (error) {
    if (!(error instanceof NonFiniteFound)) throw error;
    throw await explainNonFinite(error.found, encoders, source);
  }
}

/**
 * How far a precision's numbers lie from those of f32, layer by layer, each figure the largest over images and encoders.
 * Pure.
 * @param scores of the set that was sampled: the score `range` is divided by its range
 * @param compared whether images had views to compare
 */
export function precisionError(
  { name, coarse, exact }: PrecisionSample,
  scores: SetScores,
  { score, compared }: { readonly score: Score; readonly compared: boolean },
): PrecisionError {
  const layers = scores.layers.map((layer): LayerPrecision => {
    const { node, units } = layer;
    const [f, g] = (['f', 'g'] as const).map((encoder): Pair | null => {
      const [one, other] = [coarse[encoder]?.get(node), exact[encoder]?.get(node)];
      return one && other ? { coarse: one, exact: other } : null;
    });
    const largest = (of: (pair: Pair) => number) => Math.max(...[f, g].flatMap((pair) => (pair ? [of(pair)] : [])));
    return {
      node,
      units: units === 0 ? null : largest(errorOfMeans),
      alignment: compared ? largest(errorOfAlignments) : null,
      sslmem: compared && f && g ? errorOfScores(f, g, layer, score) : null,
    };
  });
  return { name, images: coarse.index.length, layers };
}

interface Pair {
  readonly coarse: ChunkLayer;
  readonly exact: ChunkLayer;
}

/** Relative to the layer's largest absolute value in f32. */
function errorOfMeans({ coarse, exact }: Pair): number {
  const largest = exact.mu.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return share(largestDifference(coarse.mu, exact.mu), largest);
}

/** Each image's relative to its own in f32. */
function errorOfAlignments({ coarse, exact }: Pair): number {
  return coarse.alignment.reduce((most, value, i) => {
    const wanted = exact.alignment[i]!;
    return Math.max(most, share(Math.abs(value - wanted), wanted));
  }, 0);
}

function errorOfScores(f: Pair, g: Pair, whole: LayerScores, score: Score): number {
  // Of two images alone a range says nothing.
  const each = score === 'range' ? 'difference' : score;
  const scored = (which: keyof Pair) => sslMem(f[which].alignment, g[which].alignment, each);
  const error = largestDifference(scored('coarse'), scored('exact'));
  if (score !== 'range') return error;
  const differences = sslMem(whole.alignmentF, whole.alignmentG!, 'difference');
  const [low, high] = [Math.min, Math.max].map((end) => differences.reduce((found, value) => end(found, value)));
  return share(error, high! - low!);
}

function largestDifference(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** A part of nothing is all of it. */
function share(part: number, whole: number): number {
  if (part === 0) return 0;
  return whole === 0 ? 1 : part / whole;
}
