import type { Encoder } from '../encoder/encoder.js';
import { MemgpuError } from '../errors.js';
import type { Gpu } from '../gpu/gpu.js';
import { BatchRunner, type BatchStatistics, type MeasureOptions } from './batch-runner.js';
import { ChunkCollector, throwIfAborted } from './chunk-collector.js';
import type { ChunkLayer, ChunkRecord, ChunkStore } from './chunk-record.js';
import type { Chunk } from './chunks.js';
import type { FeedSource, PreparedBatch } from './feed.js';
import { Meter, type Progress } from './meter.js';

export interface PassHooks {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Told once when a batch did not fit and a smaller one is used. */
  readonly onSmallerBatch?: ((images: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A record whose layers are taken out of it as they are joined. */
export interface KeptRecord extends ChunkRecord {
  readonly f: Map<string, ChunkLayer>;
  readonly g: Map<string, ChunkLayer> | null;
  /** Where they lie in a store: the unit means of f at a node. */
  readonly means?: (node: string, into: Float32Array) => void;
}

export interface PassResult {
  /** In order of chunk numbers. */
  readonly records: readonly KeptRecord[];
  /** Images per submission in the end. */
  readonly batch: number;
  /** Chunks that were there already. */
  readonly resumed: number;
  /** Seconds from the first submission to the end of the last, and those of them in which the GPU had nothing to do. */
  readonly measuring: number;
  readonly idle: number;
}

/** Batches that are submitted before the oldest one's results are waited for: the GPU works while the host folds and writes. */
const SUBMITTED = 2;

/**
 * Measures all chunks that the store, if there is one, does not hold yet: each image is decoded once, its views are made
 * once on the GPU and shared by f and g. While the GPU works on a batch the next one waits in its queue, and the host
 * takes the results of the last one and prepares the one after. Numbers do not depend on the batch.
 *
 * @throws ABORTED (finished chunks are kept), NonFiniteFound, OUT_OF_MEMORY where one image does not fit, DEVICE_LOST
 */
export async function runPass(
  encoders: readonly Encoder[],
  taps: readonly string[],
  source: FeedSource,
  chunks: readonly Chunk[],
  store: ChunkStore | undefined,
  options: MeasureOptions,
  batchImages: number,
  hooks: PassHooks = {},
): Promise<PassResult> {
  const total = chunks.reduce((sum, { count }) => sum + count, 0);
  const { gpu } = encoders[0] as Encoder;
  const pass = new Pass(gpu, chunks, store, options, new Meter(total, hooks.onProgress), hooks.signal);
  let batch = batchImages;
  for (;;) {
    const open = () => BatchRunner.open(encoders, taps, source, batch, options);
    try {
      await pass.run(open);
      break;
    } catch (error) {
      if (!(error instanceof MemgpuError) || error.code !== 'OUT_OF_MEMORY' || batch === 1) throw error;
      // Where the device itself has failed, no batch is small enough.
      gpu.check();
      batch = Math.ceil(batch / 2);
      hooks.onSmallerBatch?.(batch);
    }
  }
  return { ...pass.result, batch };
}

/** A batch that the GPU works on, or that waits in its queue. */
interface Submitted {
  readonly collector: ChunkCollector;
  readonly chunk: Chunk;
  readonly batch: PreparedBatch;
  readonly adapter: ChunkRecord['adapter'];
  readonly done: Promise<BatchStatistics>;
}

/** The chunks of a pass, and what is finished of them. */
class Pass {
  readonly #gpu: Gpu;
  readonly #chunks: readonly Chunk[];
  readonly #store: ChunkStore | undefined;
  readonly #options: MeasureOptions;
  readonly #meter: Meter;
  readonly #signal: AbortSignal | undefined;
  readonly #records = new Map<Chunk, KeptRecord>();
  readonly #submitted: Submitted[] = [];
  #resumed = 0;
  #measuring = 0;
  #idle = 0;

  constructor(
    gpu: Gpu,
    chunks: readonly Chunk[],
    store: ChunkStore | undefined,
    options: MeasureOptions,
    meter: Meter,
    signal: AbortSignal | undefined,
  ) {
    this.#gpu = gpu;
    this.#chunks = chunks;
    this.#store = store;
    this.#options = options;
    this.#meter = meter;
    this.#signal = signal;
  }

  get result(): Omit<PassResult, 'batch'> {
    return {
      records: this.#chunks.flatMap((chunk) => this.#records.get(chunk) ?? []),
      resumed: this.#resumed,
      measuring: this.#measuring / 1000,
      idle: this.#idle / 1000,
    };
  }

  /** Measures what is not finished yet; called again, it begins with the chunk that failed. */
  async run(open: () => Promise<BatchRunner>): Promise<void> {
    const gpu = this.#gpu;
    let runner: BatchRunner | undefined;
    let start = 0;
    let before = 0;
    this.#meter.restart();
    try {
      for (const chunk of this.#chunks) {
        if (this.#records.has(chunk) || (await this.#find(chunk))) continue;
        runner ??= await open();
        if (start === 0) [start, before] = [performance.now(), gpu.busy];
        await this.#submit(chunk, runner);
      }
      while (this.#submitted.length > 0) await this.#settle();
    } catch (error) {
      while (this.#submitted.length > 0) await this.#settle();
      throw error;
    } finally {
      if (start > 0) {
        const span = performance.now() - start;
        this.#measuring += span;
        this.#idle += Math.max(0, span - (gpu.busy - before));
      }
      runner?.dispose();
    }
  }

  /** Takes a chunk from the store, if it is there. */
  async #find(chunk: Chunk): Promise<boolean> {
    throwIfAborted(this.#signal);
    const known = await this.#store?.read(chunk);
    if (!known) return false;
    this.#records.set(chunk, keptRecord(known, this.#store));
    this.#resumed += 1;
    this.#meter.found(chunk);
    return true;
  }

  /** Prepares and submits the batches of a chunk; their results are taken as the queue fills. */
  async #submit(chunk: Chunk, runner: BatchRunner): Promise<void> {
    const collector = new ChunkCollector(chunk, runner, this.#options);
    for (let sent = 0; sent < chunk.count; ) {
      const batch = await runner.prepare(chunk.set, chunk.first + sent, Math.min(runner.images, chunk.count - sent));
      while (this.#submitted.length >= SUBMITTED) await this.#settle();
      throwIfAborted(this.#signal);
      this.#meter.begin();
      const { done } = await runner.start(batch);
      this.#submitted.push({ collector, chunk, batch, adapter: runner.facts, done });
      sent += batch.images.length;
    }
  }

  /** Takes the results of the oldest batch. Where it fails, those behind it are waited for and dropped. */
  async #settle(): Promise<void> {
    const { collector, chunk, batch, adapter, done } = this.#submitted.shift() as Submitted;
    try {
      collector.add(batch, await done);
      this.#meter.measured(chunk, batch.images.length);
      if (collector.images < chunk.count) return;
      const record = collector.record(adapter);
      // Nothing is kept that was computed on a failed device.
      this.#gpu.check();
      await this.#store?.write(record);
      this.#records.set(chunk, keptRecord(record, this.#store));
      this.#meter.finished();
    } catch (error) {
      await Promise.allSettled(this.#submitted.splice(0).map((other) => other.done));
      throw error;
    }
  }
}

/** What scores need: no unit means of g, and those of f only where the store cannot give them again. */
export function keptRecord(record: ChunkRecord, store: ChunkStore | undefined): KeptRecord {
  const none = new Float32Array(0);
  const { chunk, f, g } = record;
  const again = store?.unitMeans?.bind(store);
  const means = again && ((node: string, into: Float32Array) => again(chunk, node, into));
  const alignments = (layers: ReadonlyMap<string, ChunkLayer>) =>
    new Map([...layers].map(([node, { alignment }]) => [node, { alignment, mu: none }]));
  return { ...record, f: means ? alignments(f) : new Map(f), g: g && alignments(g), ...(means ? { means } : {}) };
}
