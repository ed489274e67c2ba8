import type { Encoder } from '../encoder/encoder.js';
import { MemgpuError } from '../errors.js';
import { describeGraph } from '../graph/facts.js';
import { inferShapes } from '../graph/shapes.js';
import type { IndexedDataset } from '../images/dataset.js';
import type { ViewGeometry } from '../images/draw.js';
import { resolveAugmentation } from '../images/presets.js';
import { agreedPrecision } from './agreed-precision.js';
import { imagesPerBatch } from './batch-size.js';
import { NonFiniteFound } from './chunk-collector.js';
import type { ChunkStore } from './chunk-record.js';
import { CHUNK_IMAGES, chunksOf, chunksOfShard, type Shard, WHOLE } from './chunks.js';
import type { FeedSource } from './feed.js';
import { type Folded, type FoldFacts, foldRecords } from './fold.js';
import { type GivenViews, givenViewsFeed } from './given-views.js';
import { imageFeed } from './image-feed.js';
import { type Mode, predecessorsOf, tapsOf } from './modes.js';
import { explainNonFinite } from './non-finite.js';
import { type AnalysisOptions, isPlain } from './options.js';
import { type PassHooks, type PassResult, runPass } from './pass.js';
import type { PrecisionSample } from './precision-error.js';
import type { EncoderFacts, SetFacts, SetName } from './result.js';
import { SET_NAMES } from './result.js';
import type { LayerFacts } from './summary.js';
import { checkTokens, wholeNodes } from './token-range.js';

/** An encoder on the GPU with what an analysis must know of it. */
export interface AnalyzedEncoder {
  readonly encoder: Encoder;
  readonly facts: EncoderFacts;
  /** Nodes tapped unless the options name others. */
  readonly defaultTaps: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Puts the same weights on the GPU in f32, for whoever disposes of them; there wherever the precision is another. */
  readonly inF32?: () => Promise<Encoder>;
}

/** How images reach the encoder: geometry of the clean view, then (x − mean) / std per channel. */
export interface Preprocessing extends ViewGeometry {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** What is analysed: images in named sets, or views that are ready to be fed. */
export type AnalysisInput =
  | { readonly sets: Readonly<Partial<Record<SetName, IndexedDataset>>> }
  | { readonly views: GivenViews };

export interface AnalysisRequest {
  readonly f: AnalyzedEncoder;
  readonly g?: AnalyzedEncoder | undefined;
  readonly input: AnalysisInput;
  readonly options: AnalysisOptions;
  /** Where finished chunks are kept; default: nowhere beyond the run. */
  readonly store?: ChunkStore | undefined;
  /** Images per chunk; for tests. */
  readonly chunkImages?: number | undefined;
  readonly hooks?: PassHooks | undefined;
}

/** What a run is made of before anything is computed. */
export interface AnalysisPlan extends FoldFacts {
  readonly taps: readonly string[];
  readonly source: FeedSource;
  readonly sizes: Readonly<Partial<Record<SetName, number>>>;
  readonly batch: number;
}

/** The records of a run's chunks, or of a shard's, and the sample of its precision. */
export interface Measured {
  readonly pass: PassResult;
  /** Null where the precision is f32, and in a shard that does not measure the first chunk. */
  readonly sample: PrecisionSample | null;
}

/** An analysis: scores and their summary, to be made into a report. */
export interface AnalysisOutcome extends Folded {
  readonly plan: AnalysisPlan;
  readonly run: Omit<PassResult, 'records'>;
  readonly seconds: number;
}

/**
 * @throws BAD_OPTION naming the option, the node whose views fit no buffer, or two precisions; SHAPE_MISMATCH where given
 *   views do not fit the encoder
 */
export function planAnalysis({ f, g, input, options, chunkImages = CHUNK_IMAGES }: AnalysisRequest): AnalysisPlan {
  const { graph, gpu } = f.encoder;
  const precision = agreedPrecision(f, g, options.precision);
  const taps = tapsOf(graph, f.defaultTaps, options);
  const shapes = inferShapes(graph);
  checkTokens(graph, shapes, taps, options.tokens);
  const source = 'views' in input ? givenSource(f, input.views, options) : imageSource(f, input.sets, options);
  if (options.pairs === 'all' && source.rows === 1 && !isPlain(options)) {
    throw new MemgpuError('BAD_OPTION', 'one view per image gives no pair of views', {
      hint: 'Use 2 views or more, or augment "none" for UnitMem alone.',
    });
  }
  const costs = {
    plan: f.encoder.plan({ taps }),
    rows: source.rows,
    multiplyAdds: describeGraph(graph).totals.multiplyAdds * (g ? 2 : 1),
  };
  return {
    precision,
    taps,
    layers: layerFacts(f, taps, options.mode),
    wholeNodes: wholeNodes(shapes, taps),
    source,
    sizes:
      'views' in input
        ? { candidates: input.views.images }
        : Object.fromEntries(Object.entries(input.sets).map(([set, dataset]) => [set, dataset.length])),
    batch: imagesPerBatch(options.batch, chunkImages, costs, gpu.facts),
    views: options.pairs === 'clean' ? source.rows - 1 : source.rows,
    compared: source.rows > 1,
    classes: classesOf(input),
    reference: !g ? 'none' : g.facts.sha256 === f.facts.sha256 ? 'same file' : 'another',
  };
}

/**
 * Runs a whole analysis; where the precision is not f32, after measuring its error on the first images. A run that goes on
 * measures it again, which gives the same.
 * @throws what `planAnalysis`, `samplePrecision` and `runPass` throw; NON_FINITE naming node, encoder and image
 */
export async function runAnalysis(request: AnalysisRequest): Promise<AnalysisOutcome> {
  const start = performance.now();
  const plan = planAnalysis(request);
  const { pass, sample } = await measure(request, plan);
  const { records, ...run } = pass;
  const folded = await foldRecords(records, plan, request.options, sample);
  return { ...folded, plan, run, seconds: (performance.now() - start) / 1000 };
}

/**
 * Measures a run's chunks, or those of a shard: the part of an analysis that needs a GPU and the images.
 * @throws as `runAnalysis`
 */
export async function measure(request: AnalysisRequest, plan: AnalysisPlan, shard: Shard = WHOLE): Promise<Measured> {
  const { f, g, options, store, chunkImages = CHUNK_IMAGES, hooks = {} } = request;
  const encoders = g ? [f.encoder, g.encoder] : [f.encoder];
  const chunks = chunksOfShard(chunksOf(plan.sizes, chunkImages), shard);
  // Whoever stays with f32 fetches no more than that.
  const coarser = plan.precision === 'f32' || shard.index > 0 ? null : await import('./precision-error.js');
  const sample = coarser && (await coarser.samplePrecision(g ? [f, g] : [f], plan, options, hooks.signal));
  try {
    const pass = await runPass(encoders, plan.taps, plan.source, chunks, store, options, plan.batch, hooks);
    return { pass, sample };
  } catch (error) {
    if (!(error instanceof NonFiniteFound)) throw error;
    throw await explainNonFinite(error.found, encoders, plan.source);
  }
}

function classesOf(input: AnalysisInput): FoldFacts['classes'] {
  if ('views' in input) return {};
  const classes = Object.entries(input.sets).map(([set, dataset]) => [set, dataset.classes]);
  return Object.fromEntries(classes.filter(([, names]) => names !== undefined));
}

function layerFacts({ encoder: { graph } }: AnalyzedEncoder, taps: readonly string[], mode: Mode): LayerFacts[] {
  const before = predecessorsOf(graph, taps, mode);
  const facts = new Map(describeGraph(graph).nodes.map((node) => [node.name, node]));
  return taps.map((node) => {
    const { label, kind, units, shape } = facts.get(node) as NonNullable<ReturnType<typeof facts.get>>;
    return { node, label, kind, units, shape, predecessor: before.get(node) ?? null };
  });
}

function imageSource(
  f: AnalyzedEncoder,
  sets: Readonly<Partial<Record<SetName, IndexedDataset>>>,
  options: AnalysisOptions,
): FeedSource {
  const { size, resize, interpolation, mean, std } = f.preprocessing;
  const geometry: ViewGeometry = { size, interpolation, ...(resize === undefined ? {} : { resize }) };
  const plain = isPlain(options);
  if (plain && options.pairs === 'clean') {
    throw new MemgpuError('BAD_OPTION', 'augment "none" has no views to compare with the clean image', {
      hint: 'Choose an augmentation, or pairs "all" for UnitMem alone.',
    });
  }
  return imageFeed(sets, {
    augmentation: resolveAugmentation(options.augment, size),
    views: plain ? 1 : options.views,
    clean: options.pairs === 'clean',
    seed: options.seed,
    geometry,
    mean,
    std,
  });
}

function givenSource(f: AnalyzedEncoder, given: GivenViews, options: AnalysisOptions): FeedSource {
  const { height } = f.encoder.graph.input;
  if (given.size !== height) {
    throw new MemgpuError(
      'SHAPE_MISMATCH',
      `${given.name}: views of ${given.size} pixels, the encoder takes ${height}`,
      {
        hint: `Give --size ${given.size} if the encoder can take it.`,
      },
    );
  }
  if (options.pairs === 'clean') {
    const scripts = options.mode === 'authors-script';
    throw new MemgpuError('BAD_OPTION', 'given views have no clean image', {
      hint: scripts ? 'Give images, or another mode: authors-script compares views with it.' : 'Use pairs "all".',
    });
  }
  return givenViewsFeed(given);
}

/** What a report says of the sets that were run. */
export async function setFacts(input: AnalysisInput): Promise<Partial<Record<SetName, SetFacts>>> {
  if ('views' in input) {
    return { candidates: { source: input.views.name, n: input.views.images, sha256: input.views.sha256 ?? '' } };
  }
  const facts: Partial<Record<SetName, SetFacts>> = {};
  for (const set of SET_NAMES) {
    const dataset = input.sets[set];
    if (dataset) facts[set] = { source: dataset.name, n: dataset.length, sha256: await dataset.digest() };
  }
  return facts;
}
