import type { Encoder } from '../encoder/encoder.js';
import type { Forward } from '../encoder/forward.js';
import { allocateWorkspace, type Workspace } from '../encoder/workspace.js';
import type { AdapterFacts, Gpu, Recording } from '../gpu/gpu.js';
import type { Feed, FeedSource, PreparedBatch } from './feed.js';
import type { AnalysisOptions } from './options.js';
import { createStatistics, type Statistics, type TapStatistics } from './tap-statistics.js';

/** What the statistics need to know of the options. */
export type MeasureOptions = Pick<AnalysisOptions, 'features' | 'distance' | 'pairs' | 'tokens'>;

/** The statistics of a batch, by encoder and tap. */
export interface BatchStatistics {
  readonly f: readonly TapStatistics[];
  readonly g: readonly TapStatistics[] | null;
}

/**
 * The GPU side of the pass, for batches of up to `images` images: views once, then the forward pass and statistics of f,
 * then those of g, in one recording and one readback. f and g share one workspace.
 */
export class BatchRunner implements Disposable {
  readonly images: number;
  readonly rows: number;
  /** Names of the taps, in order of execution. */
  readonly nodes: readonly string[];
  readonly #gpu: Gpu;
  readonly #workspace: Workspace;
  readonly #feed: Feed;
  readonly #parts: readonly { readonly forward: Forward; readonly statistics: Statistics }[];
  /** A recording learns how long it takes, so one is kept for each batch size. */
  readonly #recordings = new Map<number, Recording>();
  #version = -1;
  /** The run that was submitted last. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    gpu: Gpu,
    images: number,
    workspace: Workspace,
    feed: Feed,
    parts: readonly { readonly forward: Forward; readonly statistics: Statistics }[],
  ) {
    this.#gpu = gpu;
    this.images = images;
    this.rows = feed.rows;
    this.#workspace = workspace;
    this.#feed = feed;
    this.#parts = parts;
    this.nodes = parts[0]?.forward.taps.map(({ node }) => node) ?? [];
  }

  /** @throws OUT_OF_MEMORY with nothing left allocated; BAD_OPTION where a tensor fits no buffer */
  static async open(
    encoders: readonly Encoder[],
    taps: readonly string[],
    source: FeedSource,
    images: number,
    options: MeasureOptions,
  ): Promise<BatchRunner> {
    const [first] = encoders as readonly [Encoder];
    const { gpu } = first;
    const opened: Disposable[] = [];
    const keep = <T extends Disposable>(resource: T): T => {
      opened.push(resource);
      return resource;
    };
    try {
      const plan = first.plan({ taps });
      const { rows } = source;
      const feed = keep(await source.open(gpu, images));
      const workspace = keep(await allocateWorkspace(gpu, plan, images * rows, feed.input));
      const angle = options.distance === 'cosine' || options.distance === 'angular';
      const parts = [];
      for (const encoder of encoders) {
        const forward = keep(await encoder.bind(plan, workspace));
        const statistics = keep(
          await createStatistics(gpu, forward.taps, workspace.count, {
            images,
            rows,
            pairs: options.pairs,
            tokens: options.tokens,
            normalized: options.features === 'normalized' || angle,
            l1: options.distance === 'l1',
          }),
        );
        parts.push({ forward, statistics });
      }
      return new BatchRunner(gpu, images, workspace, feed, parts);
    } catch (error) {
      for (const resource of opened.reverse()) resource[Symbol.dispose]();
      throw error;
    }
  }

  /** The adapter that everything runs on. */
  get facts(): AdapterFacts {
    return this.#gpu.facts;
  }

  /** Bytes of activations, views and statistics. */
  get bytes(): number {
    return this.#parts.reduce(
      (sum, { forward, statistics }) => sum + forward.bytes + statistics.bytes,
      this.#workspace.bytes,
    );
  }

  prepare(...where: Parameters<Feed['prepare']>): Promise<PreparedBatch> {
    return this.#feed.prepare(...where);
  }

  /** Runs a batch alone. */
  async run(batch: PreparedBatch): Promise<BatchStatistics> {
    return (await this.start(batch)).done;
  }

  /**
   * Submits a batch; `done` settles when its statistics are here. The next one may be started before: its writes wait for
   * the work before them in the queue. One call at a time.
   */
  async start(batch: PreparedBatch): Promise<{ readonly done: Promise<BatchStatistics> }> {
    const images = batch.images.length;
    await batch.upload(() => this.#last);
    this.#workspace.setCount(images * this.rows);
    const running = this.#gpu.run(
      this.#recordingOf(images),
      this.#parts.map(({ statistics }) => statistics.results),
    );
    this.#last = running.catch(() => {});
    const done = running.then((bytes) => this.#decode(bytes, images));
    // A caller may take the result later; until then a failure must not count as unhandled.
    done.catch(() => {});
    return { done };
  }

  #decode(bytes: readonly ArrayBuffer[], images: number): BatchStatistics {
    const [f, g] = this.#parts.map(({ statistics }, i) => statistics.decode(bytes[i] as ArrayBuffer, images));
    return { f: f as TapStatistics[], g: g ?? null };
  }

  #recordingOf(images: number): Recording {
    if (this.#version !== this.#feed.version) this.#recordings.clear();
    this.#version = this.#feed.version;
    const known = this.#recordings.get(images);
    if (known) return known;
    const recording = this.#gpu.record();
    this.#feed.record(recording, images);
    for (const { forward, statistics } of this.#parts) {
      forward.record(recording, images * this.rows, (_, index) => statistics.record(recording, index, images));
    }
    this.#recordings.set(images, recording);
    return recording;
  }

  dispose(): void {
    for (const { forward, statistics } of this.#parts) {
      forward.dispose();
      statistics.dispose();
    }
    this.#feed.dispose();
    this.#workspace.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
