import { type AnalysisInput, type AnalyzedEncoder, runAnalysis, setFacts } from './analysis/analyze.js';
import { buildReport } from './analysis/build-report.js';
import type { ChunkStore } from './analysis/chunk-record.js';
import { type Feature, features } from './analysis/features.js';
import { type GivenViews, givenViewsFeed } from './analysis/given-views.js';
import { imageFeed } from './analysis/image-feed.js';
import { type AnalysisOptionsInput, resolveOptions } from './analysis/options.js';
import type { PassHooks, Progress } from './analysis/pass.js';
import type { EncoderFacts, ImageFacts, LayerResult, Report, SetName, SetScores } from './analysis/result.js';
import { SET_NAMES } from './analysis/result.js';
import type { Checkpoint } from './checkpoints/checkpoint.js';
import { openCheckpointFile } from './checkpoints/open-checkpoint.js';
import { openSource } from './checkpoints/open-source.js';
import { openSharded } from './checkpoints/sharded.js';
import type { ByteSource } from './checkpoints/source.js';
import { Encoder } from './encoder/encoder.js';
import { MemgpuError } from './errors.js';
import type { Gpu } from './gpu/gpu.js';
import { describeGraph, type GraphFacts } from './graph/facts.js';
import type { IndexedDataset } from './images/dataset.js';
import type { Decode } from './images/decode.js';
import { type ImageInput, openImages as openPictures } from './images/memory.js';
import { thumbnail } from './images/thumbnail.js';
import type { Weights } from './models/family.js';
import { loadModel, type Model, type ModelOptions } from './models/load.js';
import { assertSameArchitecture } from './models/same-architecture.js';
import { sha256, sha256OfSource } from './sha256.js';
import { VERSION } from './version.js';

/** The most pictures of a report. */
const MOST_PICTURES = 48;

/** A checkpoint: its path (in Node), address, file or bytes. */
export type EncoderSource = string | URL | Blob | ArrayBuffer | Uint8Array | ByteSource;

/** What an encoder's file cannot tell; see `loadEncoder`. */
export interface EncoderOptions extends ModelOptions {
  /** For reports and messages, where the source has no name. */
  readonly name?: string;
}

/** An encoder on the GPU. */
export interface LoadedEncoder extends AnalyzedEncoder, Disposable {
  /** Architecture, shapes, units, parameters and multiply-adds of every node. */
  readonly nodes: GraphFacts['nodes'];
  readonly model: Pick<Model, 'graph' | 'preprocessing' | 'defaultTaps' | 'headline' | 'facts' | 'notes'>;
  /**
   * The named nodes' values for the clean view of each image, in order of execution: `data` [C, H, W], tokens [T, D],
   * attention maps [heads, T, T], or [D], row-major.
   * @throws BAD_OPTION for a name that matches no node, BAD_IMAGE, ABORTED
   */
  features(images: Images, options: FeaturesOptions): AsyncGenerator<Feature, void, undefined>;
  dispose(): void;
}

export interface FeaturesOptions {
  /** Globs over node names and their aliases. */
  readonly nodes: readonly string[];
  /** Images per submission. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
}

/** Images: a dataset that is open, or anything that `openImages` takes. */
export type Images = IndexedDataset | Iterable<ImageInput> | AsyncIterable<ImageInput>;

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

/** What the host supplies. */
export interface Host {
  /** Opens a path; undefined where there is no file system. */
  readonly openPath?: (path: string | URL) => Promise<ByteSource>;
  /** Tells which file a path means, and what lies beside it; undefined where there is no file system. */
  readonly findCheckpoint?: (
    path: string | URL,
  ) => Promise<{ readonly path: string; readonly config?: NonNullable<Weights['config']> }>;
  readonly decode: Decode;
}

/** A checkpoint that is open. */
export interface OpenCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Its tensors with the configs beside it, as models are loaded from. */
  readonly weights: Weights;
  /** Of the file; of an index and its shards together. */
  readonly sha256: string;
}

/**
 * A safetensors file, the index of several, or a PyTorch file: an index by its name, the others by what they hold. A path
 * may name a folder, and comes with the configs beside the file; an address names one file, and nothing beside it is
 * fetched but shards.
 * @throws IO, BAD_SAFETENSORS, BAD_PYTORCH as the readers do; UNKNOWN_ARCHITECTURE for a config that is no JSON
 */
export async function openCheckpoint(host: Host, input: EncoderSource): Promise<OpenCheckpoint> {
  const found = isPath(input) ? await host.findCheckpoint?.(input) : undefined;
  const at = found?.path ?? input;
  const source = await openSource(at, host.openPath);
  const sha256s = [await sha256OfSource(source)];
  const beside = async (file: string) => {
    const shard =
      typeof at === 'string' && host.openPath && !/^https?:/.test(at)
        ? await openSource(at.replace(/[^/\\]*$/, file), host.openPath)
        : await openSource(new URL(file, String(at)));
    sha256s.push(await sha256OfSource(shard));
    return shard;
  };
  const checkpoint = source.name.endsWith('.index.json')
    ? await openSharded(source, beside)
    : await openCheckpointFile(source);
  const [first = '', ...more] = sha256s;
  return {
    checkpoint,
    weights: {
      name: checkpoint.name,
      tensors: checkpoint.tensors,
      readF32: (name) => checkpoint.readF32(name),
      ...(found?.config && { config: found.config }),
    },
    sha256: more.length === 0 ? first : sha256(new TextEncoder().encode(sha256s.join('\n'))),
  };
}

function isPath(input: EncoderSource): input is string | URL {
  if (input instanceof URL) return input.protocol === 'file:';
  return typeof input === 'string' && !/^(https?|blob|data):/i.test(input);
}

export async function loadEncoder(
  host: Host,
  gpu: Gpu,
  input: EncoderSource,
  { name, ...options }: EncoderOptions = {},
): Promise<LoadedEncoder> {
  const { checkpoint, weights, sha256: digest } = await openCheckpoint(host, input);
  let model: Model;
  try {
    model = await loadModel(weights, options);
  } finally {
    await checkpoint.close();
  }
  const { graph, preprocessing, defaultTaps, headline, facts: known, notes } = model;
  const encoder = await Encoder.load(gpu, model);
  const facts: EncoderFacts = { file: name ?? checkpoint.name, sha256: digest, preprocessing, ...known };
  return {
    encoder,
    facts,
    defaultTaps,
    preprocessing,
    nodes: describeGraph(graph).nodes,
    model: { graph, preprocessing, defaultTaps, headline, facts: known, notes },
    async *features(images, { nodes, batch, signal }) {
      const dataset = await asDataset(host, images);
      const source = cleanFeed(dataset, preprocessing);
      for await (const feature of features(encoder, source, { nodes, images: dataset.length, batch, signal })) {
        yield { ...feature, shape: feature.shape.slice(1) };
      }
    },
    dispose: () => encoder.dispose(),
    [Symbol.dispose]: () => encoder.dispose(),
  };
}

/** The clean views of a dataset, as the source of the set `candidates`. */
export function cleanFeed(dataset: IndexedDataset, preprocessing: AnalyzedEncoder['preprocessing']) {
  const { mean, std, ...geometry } = preprocessing;
  return imageFeed({ candidates: dataset }, { augmentation: [], views: 1, clean: false, seed: 0, geometry, mean, std });
}

export { givenViewsFeed };

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
  const report = buildReport(outcome, {
    version: VERSION,
    created: new Date(),
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

async function asDataset(host: Host, images: Images): Promise<IndexedDataset> {
  if (typeof images !== 'object' || images === null) {
    throw new MemgpuError('BAD_OPTION', `${JSON.stringify(images)} is no set of images`, {
      hint: 'Open a path, files or pictures with openImages.',
    });
  }
  return 'load' in images ? images : openPictures(images, { decode: host.decode });
}

/** The images with their pictures, each read and decoded once more. */
async function withPictures(
  images: readonly ImageFacts[],
  sets: Readonly<Partial<Record<SetName, IndexedDataset>>>,
): Promise<ImageFacts[]> {
  const shown: ImageFacts[] = [];
  for (const image of images) {
    const loaded = shown.length < MOST_PICTURES ? await sets[image.set]?.load(image.position) : undefined;
    shown.push(loaded ? { ...image, picture: thumbnail(loaded.picture) } : image);
  }
  return shown;
}
