import { createViewMaker, type PictureViews, pictureWords } from '../../src/analysis/view-maker.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import type { Augmentation } from '../../src/images/augmentation.js';
import type { Picture } from '../../src/images/image.js';
import { values } from './run-kernel.js';

/** The project's bound on [0, 1]. */
export const TOLERANCE = 1e-5;

export interface Batch {
  readonly augmentation: Augmentation;
  readonly size: number;
  readonly pictures: readonly PictureViews[];
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
  /** Views beyond those loaded. */
  readonly spare?: number;
}

/** Runs one batch over an output full of NaN: [maxViews][size][size][4]. */
export async function make(
  gpu: Gpu,
  { augmentation, size, pictures, mean, std, spare = 0 }: Batch,
): Promise<Float32Array> {
  const count = pictures.reduce((sum, { views }) => sum + views.length, 0);
  using maker = await createViewMaker(gpu, {
    augmentation,
    size,
    mean: mean ?? [0, 0, 0],
    std: std ?? [1, 1, 1],
    maxViews: count + spare,
    maxWords: pictures.reduce((sum, { picture }) => sum + pictureWords(picture), 0),
  });
  gpu.write(maker.output, new Uint32Array(maker.output.bytes / 4).fill(0x7fc0_0bad));
  const recording = gpu.record();
  maker.record(recording, maker.load(pictures));
  const [bytes] = await gpu.run(recording, [maker.output]);
  return new Float32Array(bytes!);
}

/** View number `view` of a batch, without its fourth channel, which must be 0. */
export function channels(output: Float32Array, view: number, size: number): Float32Array {
  const pixels = size * size;
  const out = new Float32Array(pixels * 3);
  for (let p = 0; p < pixels; p++) {
    const at = (view * pixels + p) * 4;
    out.set(output.subarray(at, at + 3), p * 3);
    if (output[at + 3] !== 0) throw new Error(`channel 4 of pixel ${p} of view ${view} is ${output[at + 3]}`);
  }
  return out;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

export function randomPicture(width: number, height: number, seed: number): Picture {
  return { width, height, rgba: Uint8Array.from(values(width * height * 4, seed, 0, 256)) };
}

export function randomPlanes(width: number, height: number, seed: number): Picture {
  return { width, height, rgb: values(width * height * 3, seed, 0, 1) };
}
