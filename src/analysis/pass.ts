import type { Encoder } from '../encoder/encoder.js';
import { MemgpuError } from '../errors.js';
import { BatchRunner, type MeasureOptions } from './batch-runner.js';
import { ChunkCollector, throwIfAborted } from './chunk-collector.js';
import type { ChunkLayer, ChunkRecord, ChunkStore } from './chunk-record.js';
import type { Chunk } from './chunks.js';
import type { FeedSource, PreparedBatch } from './feed.js';
import type { SetName } from './result.js';

/** What a caller is told while a pass runs. */
export interface Progress {
  readonly set: SetName;
  /** Images measured or found finished, of all. */
  readonly done: number;
  readonly total: number;
  /** Images per second of this run; null before the first batch is done. */
  readonly rate: number | null;
  /** Seconds left at that rate. */
  readonly left: number | null;
}

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
}

/**
 * Measures all chunks that the store, if there is one, does not hold yet: each image is decoded once, its views are made once on the GPU
 * and shared by f and g. While the GPU works on a batch, the next one is prepared. Numbers do not depend on the batch.
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
  const records: KeptRecord[] = [];
  const meter = new Meter(total, hooks.onProgress);
  let resumed = 0;
  let runner: BatchRunner | undefined;
  let batch = batchImages;
  try {
    for (const chunk of chunks) {
      throwIfAborted(hooks.signal);
      const known = await store?.read(chunk);
      if (known) {
        records.push(forScores(known, store));
        resumed += 1;
        meter.found(chunk);
        continue;
      }
      for (;;) {
        try {
          runner ??= await BatchRunner.open(encoders, taps, source, batch, options);
          const record = await measure(runner, chunk, options, meter, hooks);
          await store?.write(record);
          records.push(forScores(record, store));
          break;
        } catch (error) {
          if (!(error instanceof MemgpuError) || error.code !== 'OUT_OF_MEMORY' || batch === 1) throw error;
          // Where the device itself has failed, no batch is small enough.
          encoders[0]?.gpu.check();
          meter.restart();
          runner?.dispose();
          runner = undefined;
          batch = Math.ceil(batch / 2);
          hooks.onSmallerBatch?.(batch);
        }
      }
    }
  } finally {
    runner?.dispose();
  }
  return { records, batch, resumed };
}

/** What scores need: no unit means of g, and those of f only where the store cannot give them again. */
function forScores(record: ChunkRecord, store: ChunkStore | undefined): KeptRecord {
  const none = new Float32Array(0);
  const { chunk, f, g } = record;
  const again = store?.unitMeans?.bind(store);
  const means = again && ((node: string, into: Float32Array) => again(chunk, node, into));
  const alignments = (layers: ReadonlyMap<string, ChunkLayer>) =>
    new Map([...layers].map(([node, { alignment }]) => [node, { alignment, mu: none }]));
  return { ...record, f: means ? alignments(f) : new Map(f), g: g && alignments(g), ...(means ? { means } : {}) };
}

async function measure(
  runner: BatchRunner,
  chunk: Chunk,
  options: MeasureOptions,
  meter: Meter,
  hooks: PassHooks,
): Promise<ChunkRecord> {
  const collector = new ChunkCollector(chunk, runner, options);
  const prepare = (done: number) =>
    done < chunk.count
      ? runner.prepare(chunk.set, chunk.first + done, Math.min(runner.images, chunk.count - done))
      : undefined;
  meter.begin();
  let next: Promise<PreparedBatch> | undefined = prepare(0);
  while (next) {
    const batch: PreparedBatch = await next;
    throwIfAborted(hooks.signal);
    const running = runner.run(batch);
    next = prepare(collector.images + batch.images.length);
    // An error of the next batch belongs to the next turn; until then it must not count as unhandled.
    next?.catch(() => {});
    collector.add(batch, await running);
    meter.measured(chunk.set, batch.images.length);
  }
  return collector.record(runner.facts);
}

/** Counts images and seconds. */
class Meter {
  readonly #total: number;
  readonly #onProgress: PassHooks['onProgress'];
  #done = 0;
  /** Images of the chunk that is being measured. */
  #ofChunk = 0;
  #measured = 0;
  #start = 0;

  constructor(total: number, onProgress: PassHooks['onProgress']) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  found({ set, count }: Chunk): void {
    this.#done += count;
    this.#report(set);
  }

  /** Called before the first batch of a chunk. */
  begin(): void {
    this.#ofChunk = 0;
    if (this.#measured === 0) this.#start = performance.now();
  }

  /** The chunk is measured anew. */
  restart(): void {
    this.#done -= this.#ofChunk;
    this.#ofChunk = 0;
  }

  measured(set: SetName, images: number): void {
    this.#done += images;
    this.#ofChunk += images;
    this.#measured += images;
    this.#report(set);
  }

  #report(set: SetName): void {
    const rate = this.#measured === 0 ? null : this.#measured / ((performance.now() - this.#start) / 1000);
    const left = rate === null ? null : (this.#total - this.#done) / rate;
    this.#onProgress?.({ set, done: this.#done, total: this.#total, rate, left });
  }
}
