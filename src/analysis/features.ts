import type { Encoder } from '../encoder/encoder.js';
import type { Tap } from '../encoder/forward.js';
import { allocateWorkspace } from '../encoder/workspace.js';
import { makePlan } from '../graph/plan.js';
import { resolveTaps } from '../graph/taps.js';
import { groupsOfFour } from '../kernels/sized-kernel.js';
import { automaticBatch } from './automatic-batch.js';
import { throwIfAborted } from './chunk-collector.js';
import type { FeedSource } from './feed.js';

/** The value of a node for one image. */
export interface Feature {
  readonly node: string;
  /** Position of the image in its set, and its image index. */
  readonly position: number;
  readonly index: number;
  readonly name: string;
  /** [rows, C, H, W] or [rows, D]: rows are the views of the image (one for a clean image). Row-major. */
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
 * @throws BAD_OPTION for a pattern that matches no node; ABORTED
 */
export async function* features(
  encoder: Encoder,
  source: FeedSource,
  options: FeatureOptions,
): AsyncGenerator<Feature, void, undefined> {
  const { gpu, graph } = encoder;
  const plan = makePlan(graph, { taps: resolveTaps(graph, options.nodes), hold: true });
  const perView = plan.slots.reduce((sum, bytes) => sum + bytes, 0);
  const images = options.batch ?? automaticBatch(perView * source.rows, Math.min(CHUNK, options.images));
  using feed = await source.open(gpu, images);
  using workspace = await allocateWorkspace(gpu, plan, images * source.rows, feed.input);
  using forward = await encoder.bind(plan, workspace);
  for (let first = 0; first < options.images; ) {
    throwIfAborted(options.signal);
    const batch = await feed.prepare('candidates', first, Math.min(images, options.images - first));
    const count = batch.images.length;
    const rows = count * source.rows;
    workspace.setCount(rows);
    await batch.upload();
    const recording = gpu.record();
    feed.record(recording, count);
    forward.record(recording, rows);
    const reads = forward.taps.map(({ buffer, shape }) => {
      const bytes = rows * shape.height * shape.width * groupsOfFour(shape.channels) * 16;
      return { buffer, offset: 0, bytes };
    });
    const results = await gpu.run(recording, reads);
    for (let i = 0; i < count; i++) {
      for (const [t, tap] of forward.taps.entries()) {
        const { index, name } = batch.images[i] as (typeof batch.images)[number];
        const stored = new Float32Array(results[t] as ArrayBuffer);
        yield {
          node: tap.node,
          position: first + i,
          index,
          name,
          ...planar(tap, stored, i * source.rows, source.rows),
        };
      }
    }
    first += count;
  }
}

/** Rows `row` … of a stored tap as [rows, C, H, W], or [rows, D] where there is a single position. */
function planar({ shape }: Tap, stored: Float32Array, row: number, rows: number) {
  const { height, width, channels } = shape;
  const padded = groupsOfFour(channels) * 4;
  const positions = height * width;
  const data = new Float32Array(rows * channels * positions);
  for (let r = 0; r < rows; r++) {
    for (let p = 0; p < positions; p++) {
      for (let c = 0; c < channels; c++) {
        data[(r * channels + c) * positions + p] = stored[((row + r) * positions + p) * padded + c] as number;
      }
    }
  }
  return { data, shape: positions === 1 ? [rows, channels] : [rows, channels, height, width] };
}
