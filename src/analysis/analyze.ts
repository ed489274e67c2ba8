import type { Encoder } from '../encoder/encoder.js';
import { MemgpuError } from '../errors.js';
import type { AdapterFacts } from '../gpu/gpu.js';
import { describeGraph } from '../graph/facts.js';
import { inferShapes } from '../graph/shapes.js';
import type { IndexedDataset } from '../images/dataset.js';
import type { ViewGeometry } from '../images/draw.js';
import { resolveAugmentation } from '../images/presets.js';
import type { Precision } from '../kernels/design.js';
import { agreedPrecision } from './agreed-precision.js';
import { imagesPerBatch } from './batch-size.js';
import { NonFiniteFound } from './chunk-collector.js';
import type { ChunkStore } from './chunk-record.js';
import { CHUNK_IMAGES, chunksOf } from './chunks.js';
import type { FeedSource } from './feed.js';
import { type GivenViews, givenViewsFeed } from './given-views.js';
import { imageFeed } from './image-feed.js';
import { joinRecords } from './join-records.js';
import { type Mode, predecessorsOf, tapsOf } from './modes.js';
import { explainNonFinite } from './non-finite.js';
import { type AnalysisOptions, isPlain } from './options.js';
import { type PassHooks, type PassResult, runPass } from './pass.js';
import type { EncoderFacts, PrecisionError, SetFacts, SetName, SetScores } from './result.js';
import { SET_NAMES } from './result.js';
import { scoreSet } from './scores.js';
import { type LayerFacts, type Summary, summarize } from './summary.js';
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
export interface AnalysisPlan {
  /** Of both encoders. */
  readonly precision: Precision;
  readonly taps: readonly string[];
  readonly layers: readonly LayerFacts[];
  /** The taps that the option `tokens` leaves as they are, in words. */
  readonly wholeNodes: string;
  readonly source: FeedSource;
  readonly sizes: Readonly<Partial<Record<SetName, number>>>;
  readonly batch: number;
  readonly views: number;
}

/** What is left of a pass once its records are scores. */
export interface RunFacts {
  /** Images per submission in the end. */
  readonly batch: number;
  /** Chunks that were there already. */
  readonly resumed: number;
  /** Each adapter that measured a chunk, once. */
  readonly adapters: readonly AdapterFacts[];
  /** Seconds from the first submission to the end of the last one, and those of them without work for the GPU. */
  readonly measuring: number;
  readonly idle: number;
  /** Pictures that were met before, in the same or another set. */
  readonly repeated: number;
}

/** An analysis: scores and their summary, to be made into a report. */
export interface AnalysisOutcome extends Summary {
  readonly plan: AnalysisPlan;
  readonly scores: readonly SetScores[];
  /** Null where the precision is f32. */
  readonly precision: PrecisionError | null;
  readonly run: RunFacts;
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
  };
}

/**
 * Runs a whole analysis; where the precision is not f32, after measuring its error on the first images. A run that goes on
 * measures it again, which gives the same.
 * @throws what `planAnalysis`, `samplePrecision` and `runPass` throw; NON_FINITE naming node, encoder and image
 */
export async function runAnalysis(request: AnalysisRequest): Promise<AnalysisOutcome> {
  const { f, g, options, store, chunkImages = CHUNK_IMAGES, hooks = {} } = request;
  const start = performance.now();
  const plan = planAnalysis(request);
  const encoders = g ? [f.encoder, g.encoder] : [f.encoder];
  const chunks = chunksOf(plan.sizes, chunkImages);
  // Whoever stays with f32 fetches no more than that.
  const coarser = plan.precision === 'f32' ? null : await import('./precision-error.js');
  const sample = coarser && (await coarser.samplePrecision(g ? [f, g] : [f], plan, options, hooks.signal));
  let pass: PassResult;
  try {
    pass = await runPass(encoders, plan.taps, plan.source, chunks, store, options, plan.batch, hooks);
  } catch (error) {
    if (!(error instanceof NonFiniteFound)) throw error;
    throw await explainNonFinite(error.found, encoders, plan.source);
  }
  const run = factsOf(pass);
  const compared = plan.source.rows > 1;
  const scores = SET_NAMES.flatMap((set) => {
    const records = pass.records.filter(({ chunk }) => chunk.set === set);
    if (records.length === 0) return [];
    return [scoreSet(joinRecords(set, records, plan.layers, classesOf(request, set), compared), options)];
  });
  const summary = summarize(scores, plan.layers, {
    ...options,
    views: plan.views,
    compared,
    sameEncoder: g !== undefined && (g.facts.sha256 === f.facts.sha256 || alikeThroughout(scores)),
  });
  const precision = coarser && sample && coarser.precisionError(sample, scores[0]!, { ...options, compared });
  // Whoever stays with the recommended options fetches no words about others.
  const ofMode =
    options.mode === 'recommended' && options.features !== 'raw' ? null : await import('./mode-warnings.js');
  const warnings = [...summary.warnings, ...(ofMode?.warningsOfMode(summary.layers, options, g !== undefined) ?? [])];
  return { ...summary, warnings, plan, scores, precision, run, seconds: (performance.now() - start) / 1000 };
}

/**
 * Whether f and g gave the same distances to the bit at every layer, of every image, and not all are 0: the same weights,
 * whatever file each is in.
 */
function alikeThroughout(sets: readonly SetScores[]): boolean {
  const layers = sets.flatMap((set) => set.layers);
  const alike = layers.every(({ alignmentF, alignmentG }) => alignmentF.every((value, i) => value === alignmentG?.[i]));
  return alike && layers.some(({ alignmentF }) => alignmentF.some((value) => value > 0));
}

function factsOf({ records, batch, resumed, measuring, idle }: PassResult): RunFacts {
  const adapters = new Map(records.map(({ adapter }) => [JSON.stringify(adapter), adapter]));
  const seen = new Set<string>();
  let repeated = 0;
  for (const digest of records.flatMap(({ pixels }) => pixels)) {
    if (digest !== '' && seen.has(digest)) repeated += 1;
    seen.add(digest);
  }
  return { batch, resumed, measuring, idle, adapters: [...adapters.values()], repeated };
}

function classesOf({ input }: AnalysisRequest, set: SetName): readonly string[] | undefined {
  return 'views' in input ? undefined : input.sets[set]?.classes;
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
