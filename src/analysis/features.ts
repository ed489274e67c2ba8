import type { Encoder } from '../encoder/encoder.js';
import type { Tap } from '../encoder/forward.js';
import { allocateWorkspace } from '../encoder/workspace.js';
import { MemgpuError } from '../errors.js';
import type { BufferRange } from '../gpu/gpu.js';
import { describeGraph } from '../graph/facts.js';
import { reportShape } from '../graph/shapes.js';
import { resolveTaps } from '../graph/taps.js';
import { fromHalves } from '../half.js';
import { groupsOfFour, viewBytes } from '../kernels/sized-kernel.js';
import { imagesPerBatch } from './batch-size.js';
import type { FedImage, FeedSource } from './feed.js';
import { explainNonFinite } from './non-finite.js';

/** The value of a node for one image. */
export interface Feature {
  readonly node: string;
  /** Position of the image in its set, and its image index. */
  readonly position: number;
  readonly index: number;
  readonly name: string;
  /**
   * [rows, C, H, W], tokens [rows, T, D], attention maps [rows, heads, T, T], or [rows, D]: rows are the views of the
   * image (one for a clean image). Row-major.
   */
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface FeatureOptions {
  /** Globs over node names. */
  readonly nodes: readonly string[];
  readonly images: number;
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CHUNK = 32;

/**
 * Runs an encoder over the set `candidates` of a source and yields the named nodes' values image by image, in order of
 * execution; memory does not grow with the number of images.
 * @throws BAD_OPTION for a pattern that matches no node, or a node whose views of one image fit no buffer; NON_FINITE
 * naming the first node that holds NaN or infinity; ABORTED
 */
export async function* features(
  encoder: Encoder,
  source: FeedSource,
  options: FeatureOptions,
): AsyncGenerator<Feature, void, undefined> {
  const { gpu, graph } = encoder;
  const plan = encoder.plan({ taps: resolveTaps(graph, options.nodes), hold: true });
  const { multiplyAdds } = describeGraph(graph).totals;
  const most = Math.min(options.batch ?? CHUNK, options.images);
  const images = imagesPerBatch(options.batch ?? 'auto', most, { plan, rows: source.rows, multiplyAdds }, gpu.facts);
  using feed = await source.open(gpu, images);
  using workspace = await allocateWorkspace(gpu, plan, images * source.rows, feed.input);
  using forward = await encoder.bind(plan, workspace);
  for (let first = 0; first < options.images; ) {
    if (options.signal?.aborted) {
      throw new MemgpuError('ABORTED', 'the run over the images was interrupted', { cause: options.signal.reason });
    }
    const batch = await feed.prepare('candidates', first, Math.min(images, options.images - first));
    const count = batch.images.length;
    const rows = count * source.rows;
    workspace.setCount(rows);
    await batch.upload(async () => {});
    const recording = gpu.record();
    feed.record(recording, count);
    forward.record(recording, rows);
    const reads = forward.taps.map(({ buffer, shape, storage }) => ({
      buffer,
      offset: 0,
      bytes: rows * viewBytes(shape, storage),
    }));
    const results: ArrayBuffer[] = [];
    // The taps are held, so what one readback cannot take is read after it.
    for (const [i, group] of readbacks(reads, gpu.facts.limits.maxBufferSize).entries())
      results.push(...(await gpu.run(i === 0 ? recording : gpu.record(), group)));
    for (let i = 0; i < count; i++) {
      for (const [t, tap] of forward.taps.entries()) {
        const { index, name } = batch.images[i] as (typeof batch.images)[number];
        const feature = unpacked(tap, results[t] as ArrayBuffer, i * source.rows, source.rows);
        if (!feature.data.every(Number.isFinite)) {
          const found = { encoder: 'f', set: 'candidates', node: tap.node, position: first + i } as const;
          throw await explainNonFinite({ ...found, image: batch.images[i] as FedImage }, [encoder], source);
        }
        yield {
          node: tap.node,
          position: first + i,
          index,
          name,
          ...feature,
        };
      }
    }
    first += count;
  }
}

/** Ranges in groups, in order, each of at most `most` bytes. */
function readbacks(reads: readonly BufferRange[], most: number): BufferRange[][] {
  const groups: BufferRange[][] = [];
  let room = 0;
  for (const read of reads) {
    if (read.bytes > room) {
      groups.push([]);
      room = most;
    }
    groups.at(-1)!.push(read);
    room -= read.bytes;
  }
  return groups;
}

/** Rows `row` … of a stored tap: maps channel by channel, all others as they lie, without what pads their channels. */
function unpacked({ shape, storage }: Tap, bytes: ArrayBuffer, row: number, rows: number) {
  const { height, width, channels } = shape;
  const padded = groupsOfFour(channels) * 4;
  const positions = height * width;
  const [first, values] = [row * positions * padded, rows * positions * padded];
  const stored =
    storage === 'f16'
      ? fromHalves(new Uint16Array(bytes, 2 * first, values))
      : new Float32Array(bytes, 4 * first, values);
  const isMap = !shape.tokens && !shape.attention;
  const [perPosition, perChannel] = isMap ? [1, positions] : [channels, 1];
  const data = new Float32Array(rows * channels * positions);
  for (let r = 0; r < rows; r++) {
    const [from, to] = [r * positions * padded, r * positions * channels];
    for (let p = 0; p < positions; p++)
      for (let c = 0; c < channels; c++)
        data[to + p * perPosition + c * perChannel] = stored[from + p * padded + c] as number;
  }
  return { data, shape: [rows, ...reportShape(shape)] };
}
