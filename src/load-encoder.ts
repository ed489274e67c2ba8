import type { AnalyzedEncoder } from './analysis/analyze.js';
import { type Feature, features } from './analysis/features.js';
import { imageFeed } from './analysis/image-feed.js';
import type { EncoderFacts } from './analysis/result.js';
import type { Checkpoint } from './checkpoints/checkpoint.js';
import { openCheckpointFile } from './checkpoints/open-checkpoint.js';
import { openSource } from './checkpoints/open-source.js';
import type { ByteSource } from './checkpoints/source.js';
import { Encoder } from './encoder/encoder.js';
import { precisionNamed } from './encoder/precision.js';
import { MemgpuError } from './errors.js';
import type { Gpu } from './gpu/gpu.js';
import { describeGraph, type GraphFacts } from './graph/facts.js';
import type { IndexedDataset } from './images/dataset.js';
import type { Decode } from './images/decode.js';
import { type ImageInput, openImages as openPictures } from './images/memory.js';
import type { Precision } from './kernels/design.js';
import type { MeasuredTiles } from './kernels/tiles.js';
import type { Weights } from './models/family.js';
import { loadModel, type Model, type ModelOptions } from './models/load.js';
import { sha256, sha256OfSource } from './sha256.js';

/** A checkpoint: its path (in Node), address, file or bytes. */
export type EncoderSource = string | URL | Blob | ArrayBuffer | Uint8Array | ByteSource;

/** What an encoder's file cannot tell; see `loadEncoder`. */
export interface EncoderOptions extends ModelOptions {
  /** For reports and messages, where the source has no name. */
  readonly name?: string;
  /**
   * How it computes; default f32. Another is faster and coarser: `analyze` measures its error, for which it opens the
   * source again.
   */
  readonly precision?: Precision;
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

/** What the host supplies. */
export interface Host {
  /** Opens a path; undefined where there is no file system. */
  readonly openPath?: (path: string | URL) => Promise<ByteSource>;
  /** Tells which file a path means, and what lies beside it; undefined where there is no file system. */
  readonly findCheckpoint?: (
    path: string | URL,
  ) => Promise<{ readonly path: string; readonly config?: NonNullable<Weights['config']> }>;
  readonly decode: Decode;
  /** Tiles that were measured on this host's adapter. */
  readonly tiles?: MeasuredTiles;
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
    ? await (await import('./checkpoints/sharded.js')).openSharded(source, beside)
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

/** As the entries of the package say it. */
export async function loadEncoder(
  host: Host,
  gpu: Gpu,
  input: EncoderSource,
  { name, precision: wanted = 'f32', ...options }: EncoderOptions = {},
): Promise<LoadedEncoder> {
  const precision = precisionNamed(wanted);
  // What will be opened again must not be closed for good.
  const held = precision !== 'f32' && isByteSource(input) ? input : undefined;
  const source = held ? { name: held.name, size: held.size, read: held.read.bind(held) } : input;
  const { model, file, sha256: digest } = await openModel(host, source, options);
  const { graph, preprocessing, defaultTaps, headline, facts: known, notes } = model;
  const encoder = await Encoder.load(gpu, model, { precision, ...measured(host) });
  const facts: EncoderFacts = { file: name ?? file, sha256: digest, preprocessing, ...known };
  const dispose = () => {
    encoder.dispose();
    held?.close?.().catch(() => {});
  };
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
    ...(precision !== 'f32' && { inF32: reload(host, gpu, source, options, digest) }),
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function measured({ tiles }: Host): { readonly tiles?: MeasuredTiles } {
  return tiles ? { tiles } : {};
}

/** Apart, so that an encoder in f32 keeps nothing of its source. */
function reload(host: Host, gpu: Gpu, source: EncoderSource, options: ModelOptions, digest: string) {
  return async () => {
    const { model, file, sha256 } = await openModel(host, source, options);
    if (sha256 === digest) return Encoder.load(gpu, model, measured(host));
    throw new MemgpuError('IO', `${file} has changed since it was loaded`, { hint: 'Load it again.' });
  };
}

async function openModel(host: Host, input: EncoderSource, options: ModelOptions) {
  const { checkpoint, weights, sha256 } = await openCheckpoint(host, input);
  try {
    return { model: await loadModel(weights, options), file: checkpoint.name, sha256 };
  } finally {
    await checkpoint.close();
  }
}

function isByteSource(input: EncoderSource): input is ByteSource {
  return typeof input === 'object' && input !== null && 'read' in input;
}

/** The clean views of a dataset, as the source of the set `candidates`. */
export function cleanFeed(dataset: IndexedDataset, preprocessing: AnalyzedEncoder['preprocessing']) {
  const { mean, std, ...geometry } = preprocessing;
  return imageFeed({ candidates: dataset }, { augmentation: [], views: 1, clean: false, seed: 0, geometry, mean, std });
}

/** @throws BAD_OPTION for what is no set of images */
export async function asDataset(host: Host, images: Images): Promise<IndexedDataset> {
  if (typeof images !== 'object' || images === null) {
    throw new MemgpuError('BAD_OPTION', `${JSON.stringify(images)} is no set of images`, {
      hint: 'Open a path, files or pictures with openImages.',
    });
  }
  return 'load' in images ? images : openPictures(images, { decode: host.decode });
}
