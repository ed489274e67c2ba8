import { type AnalysisInput, runAnalysis, setFacts } from './analysis/analyze.js';
import { buildReport } from './analysis/build-report.js';
import type { ChunkStore } from './analysis/chunk-record.js';
import { type GivenViews, givenViewsFeed } from './analysis/given-views.js';
import type { Progress } from './analysis/meter.js';
import { type AnalysisOptionsInput, resolveOptions } from './analysis/options.js';
import type { PassHooks } from './analysis/pass.js';
import type { ImageFacts, LayerResult, Report, SetName, SetScores } from './analysis/result.js';
import { SET_NAMES } from './analysis/result.js';
import { MemgpuError } from './errors.js';
import type { IndexedDataset } from './images/dataset.js';
import type { ImageRecord } from './images/image.js';
import { thumbnail } from './images/thumbnail.js';
import { asDataset, type Host, type Images, type LoadedEncoder } from './load-encoder.js';
import { assertSameArchitecture } from './models/same-architecture.js';
import { VERSION } from './version.js';

export {
  cleanFeed,
  type EncoderOptions,
  type EncoderSource,
  type FeaturesOptions,
  loadEncoder,
  openCheckpoint,
} from './load-encoder.js';
export { givenViewsFeed, type Host, type Images, type LoadedEncoder };

/** The most pictures of a report. */
const MOST_PICTURES = 48;

/** What is analysed, and how. Options as in the guide; what is left out has its default. */
export interface AnalyzeOptions extends AnalysisOptionsInput {
  /** f: trained on the candidates. */
  readonly encoder: LoadedEncoder;
  /** g: the same architecture, trained without them. */
  readonly reference?: LoadedEncoder;
  /** Images by set: candidates (f saw them, g did not), shared (both), independent (g alone), external (neither). */
  readonly sets?: Readonly<Partial<Record<SetName, Images>>>;
  /** Instead of sets: views that are ready to be fed. */
  readonly givenViews?: GivenViews;
  /** Pictures of the images that a report names. Default true. */
  readonly pictures?: boolean;
  /** Where finished chunks are kept, so that a run can be resumed. */
  readonly store?: ChunkStore;
  readonly onProgress?: (progress: Progress) => void;
  /** Told when a batch did not fit into memory and a smaller one is used. */
  readonly onSmallerBatch?: (images: number) => void;
  readonly signal?: AbortSignal;
}

export interface AnalysisResult {
  /** report.json's content. */
  readonly report: Report;
  readonly layers: readonly LayerResult[];
  /** Scores per image and unit, by set. */
  readonly scores: readonly SetScores[];
  /** Chunks that the store already held. */
  readonly resumedChunks: number;
}

/** As the entries of the package say it. */
export async function analyze(host: Host, request: AnalyzeOptions): Promise<AnalysisResult> {
  if (!request?.encoder?.encoder) {
    throw new MemgpuError('BAD_OPTION', 'analyze needs an encoder', {
      hint: 'Give { encoder: await loadEncoder(…) }.',
    });
  }
  const { encoder: f, reference: g, sets, givenViews, pictures = true, store, ...rest } = request;
  const { onProgress, onSmallerBatch, signal, ...given } = rest;
  const options = resolveOptions(given);
  if (g) assertSameArchitecture(f.model, g.model);
  const input = await inputOf(host, sets, givenViews);
  const hooks: PassHooks = { onProgress, onSmallerBatch, signal };
  const known = await setFacts(input);
  const outcome = await runAnalysis({ f, g, input, options, store, hooks });
  f.encoder.gpu.check();
  const { batch, measuring, idle } = outcome.run;
  const report = buildReport(outcome, outcome.plan, {
    version: VERSION,
    created: new Date(),
    batch,
    timings: { total: outcome.seconds, measuring, idle },
    options,
    f: f.facts,
    g: g?.facts,
    sets: known,
    given: 'views' in input,
    notes: { f: f.model.notes, g: g?.model.notes ?? [] },
  });
  const shown = pictures && 'sets' in input ? await withPictures(report.images, input.sets) : report.images;
  return {
    report: { ...report, images: shown },
    layers: report.layers,
    scores: outcome.scores,
    resumedChunks: outcome.run.resumed,
  };
}

async function inputOf(
  host: Host,
  sets: AnalyzeOptions['sets'],
  views: GivenViews | undefined,
): Promise<AnalysisInput> {
  if (views) {
    if (sets) throw new MemgpuError('BAD_OPTION', 'given views replace the sets: give one of both');
    return { views };
  }
  const opened: Partial<Record<SetName, IndexedDataset>> = {};
  for (const [set, images] of Object.entries(sets ?? {})) {
    if (!(SET_NAMES as readonly string[]).includes(set)) {
      throw new MemgpuError('BAD_OPTION', `unknown set ${JSON.stringify(set)}`, {
        hint: `Sets are ${SET_NAMES.join(', ')}.`,
      });
    }
    if (images !== undefined) opened[set as SetName] = await asDataset(host, images);
  }
  if (Object.keys(opened).length === 0) {
    throw new MemgpuError('BAD_OPTION', 'there are no images', { hint: 'Give at least the set candidates.' });
  }
  return { sets: opened };
}

/** The images with their pictures, each read and decoded once more, where their set is given and has it. */
export async function withPictures(
  images: readonly ImageFacts[],
  sets: Readonly<
    Partial<Record<SetName, { load(position: number): Promise<Pick<ImageRecord, 'picture'> | undefined> }>>
  >,
): Promise<ImageFacts[]> {
  const shown: ImageFacts[] = [];
  for (const image of images) {
    const loaded = shown.length < MOST_PICTURES ? await sets[image.set]?.load(image.position) : undefined;
    shown.push(loaded ? { ...image, picture: thumbnail(loaded.picture) } : image);
  }
  return shown;
}

/** What `selfCheck` found right. */
export interface PassedSelfCheck {
  readonly kernels: number;
  readonly seconds: number;
}

/**
 * Runs the kernels that an analysis with this encoder has, and a small network, on numbers whose answers are known, and
 * compares every value with float64. It takes a second or two and may be done once for an adapter.
 * @param compared views of an image that the analysis compares; default 10
 * @throws GPU_ERROR naming the kernel that computes wrong values, SHADER_COMPILE, DEVICE_LOST, OUT_OF_MEMORY
 */
export async function selfCheck({ encoder }: LoadedEncoder, compared = 10): Promise<PassedSelfCheck> {
  const parts = await import('./self-check/self-check.js');
  const { kernels, seconds } = await parts.selfCheck(encoder.gpu, parts.useOf(encoder, compared));
  return { kernels, seconds };
}
