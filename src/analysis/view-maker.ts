import { MemgpuError } from '../errors.js';
import type { Allocation, Bindings, Buffer, Gpu, Recording } from '../gpu/gpu.js';
import type { Augmentation } from '../images/augmentation.js';
import { blurWeights } from '../images/blur-weights.js';
import type { Picture } from '../images/image.js';
import type { ViewParameters, ViewStep } from '../images/views.js';
import type { SizedKernel } from '../kernels/sized-kernel.js';
import {
  type ViewShape,
  viewBlurKernel,
  viewColorKernel,
  viewGrayMeanKernel,
  viewGrayRowsKernel,
  viewPixelsBytes,
  viewResampleKernel,
} from '../kernels/view-kernels.js';
import { placeSteps, planViews, type ViewPass, type ViewPlan } from '../kernels/view-plan.js';
import {
  type ColorStep,
  packBlur,
  packNormalisation,
  packResample,
  packSteps,
  RESAMPLE_WORDS,
} from '../kernels/view-records.js';

export interface ViewMakerOptions {
  /** What the views are drawn from: it decides the passes. Clean views fit every augmentation. */
  readonly augmentation: Augmentation;
  /** Side of a view, in pixels. */
  readonly size: number;
  /** The encoder's normalisation, per channel: (x − mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** The most views of one batch. */
  readonly maxViews: number;
  /** The most words of pictures of one batch: the sum of their `pictureWords`. */
  readonly maxWords: number;
  /** The caller's buffer for the views; it stays the caller's. Default: one of the maker's own. */
  readonly output?: Buffer;
}

/** A picture with the views to make of it. */
export interface PictureViews {
  readonly picture: Picture;
  readonly views: readonly ViewParameters[];
}

/** Words (4 bytes) that a picture takes on the GPU: one per pixel of bytes, three per pixel of numbers. */
export function pictureWords(picture: Picture): number {
  return picture.width * picture.height * ('rgba' in picture ? 1 : 3);
}

/** Makes the views of one batch after another. */
export interface ViewMaker extends Disposable {
  /** [maxViews][size][size] (r, g, b, 0), f32, normalised: what an encoder takes as its input. */
  readonly output: Buffer;
  readonly bytes: number;
  /**
   * Uploads pictures and their views' records for the next run; views are numbered in the order given.
   * @returns their count
   * @throws BAD_OPTION where there are more views or words than the maker was made for
   */
  load(pictures: readonly PictureViews[]): number;
  /** Adds the dispatches that make the first `count` views of the batch loaded when the recording is run. */
  record(recording: Recording, count: number): void;
  dispose(): void;
}

/**
 * Makes buffers and pipelines for views of one augmentation and size.
 * @throws OUT_OF_MEMORY, SHADER_COMPILE; BAD_OPTION where the adapter cannot dispatch so many views
 */
export async function createViewMaker(gpu: Gpu, options: ViewMakerOptions): Promise<ViewMaker> {
  const most = gpu.facts.limits.maxComputeWorkgroupsPerDimension;
  if (options.maxViews > most) {
    throw new MemgpuError('BAD_OPTION', `${options.maxViews} views at once; this adapter allows ${most}`, {
      hint: 'Use a smaller batch.',
    });
  }
  const plan = planViews(options.augmentation);
  const stages = planStages(plan, { size: options.size, views: options.maxViews }, options.maxWords);
  const pipelines = await gpu.compile(stages.map(({ sized }) => sized.kernel));
  const sizes = bufferSizes(plan, options);
  if (options.output) sizes.delete('output');
  const allocation = await gpu.allocate(
    [...sizes].map(([name, bytes]) => ({
      label: `views: ${name}`,
      bytes,
      usage: name === 'normalisation' ? 'uniform' : 'storage',
    })),
  );
  const buffers = new Map([...sizes.keys()].map((name, i) => [name, allocation.buffers[i]!]));
  if (options.output) buffers.set('output', options.output);
  gpu.write(buffers.get('normalisation')!, packNormalisation(options.mean, options.std));
  const bound = stages.map(({ sized, buffers: names }, i) => ({
    sized,
    bindings: gpu.bind(
      pipelines[i]!,
      names.map((name) => buffers.get(name)!),
    ),
  }));
  return new GpuViewMaker(gpu, options, plan, allocation, buffers, bound);
}

interface Stage {
  readonly sized: SizedKernel;
  /** Names of its buffers, in the order of its bindings. */
  readonly buffers: readonly string[];
}

/** The dispatches of a batch. */
function planStages(plan: ViewPlan, shape: ViewShape, maxWords: number): Stage[] {
  const stages = plan.passes.flatMap((pass, i) => passStages(pass, `pass ${i}`, plan.steps, shape));
  return [{ sized: viewResampleKernel(shape, maxWords), buffers: ['records', 'source', 'output'] }, ...stages];
}

/** Views stay in `output`; a blur goes through `scratch` and back. */
function passStages(pass: ViewPass, records: string, steps: number, shape: ViewShape): Stage[] {
  switch (pass.kind) {
    case 'mean':
      return [
        { sized: viewGrayRowsKernel(shape), buffers: ['output', 'rows'] },
        { sized: viewGrayMeanKernel(shape), buffers: ['rows', 'means'] },
      ];
    case 'color':
      return [{ sized: viewColorKernel(shape, steps), buffers: [records, 'means', 'normalisation', 'output'] }];
    case 'blur':
      return [
        { sized: viewBlurKernel(shape, pass.radius, false), buffers: [records, 'output', 'scratch'] },
        { sized: viewBlurKernel(shape, pass.radius, true), buffers: [records, 'scratch', 'output'] },
      ];
  }
}

/** Bytes by name; the records of pass i are `pass i`. */
function bufferSizes(plan: ViewPlan, { size, maxViews, maxWords }: ViewMakerOptions): Map<string, number> {
  const pixels = viewPixelsBytes({ size, views: maxViews });
  const sizes = new Map([
    ['output', pixels],
    ['source', maxWords * 4],
    ['records', maxViews * RESAMPLE_WORDS * 4],
    ['means', maxViews * 4],
    ['normalisation', 32],
  ]);
  plan.passes.forEach((pass, i) => {
    if (pass.kind === 'mean') sizes.set('rows', maxViews * size * 4);
    if (pass.kind === 'color') sizes.set(`pass ${i}`, maxViews * plan.steps * 8);
    if (pass.kind === 'blur') sizes.set(`pass ${i}`, maxViews * (pass.radius + 1) * 4).set('scratch', pixels);
  });
  return sizes;
}

class GpuViewMaker implements ViewMaker {
  readonly output: Buffer;
  readonly bytes: number;
  readonly #gpu: Gpu;
  readonly #options: ViewMakerOptions;
  readonly #plan: ViewPlan;
  readonly #allocation: Allocation;
  readonly #buffers: ReadonlyMap<string, Buffer>;
  readonly #stages: readonly { readonly sized: SizedKernel; readonly bindings: Bindings }[];

  constructor(
    gpu: Gpu,
    options: ViewMakerOptions,
    plan: ViewPlan,
    allocation: Allocation,
    buffers: ReadonlyMap<string, Buffer>,
    stages: readonly { readonly sized: SizedKernel; readonly bindings: Bindings }[],
  ) {
    this.#gpu = gpu;
    this.#options = options;
    this.#plan = plan;
    this.#allocation = allocation;
    this.#buffers = buffers;
    this.#stages = stages;
    this.output = buffers.get('output')!;
    this.bytes = allocation.bytes;
  }

  load(pictures: readonly PictureViews[]): number {
    const views = pictures.flatMap(({ views }) => views);
    this.#check(views.length, pictures);
    const records = new Uint32Array(views.length * RESAMPLE_WORDS);
    let offset = 0;
    let view = 0;
    for (const { picture, views: drawn } of pictures) {
      const planes = 'rgb' in picture;
      this.#write('source', planes ? picture.rgb : picture.rgba, offset * 4);
      for (const parameters of drawn) {
        packResample(records, view, { offset, width: picture.width, height: picture.height, planes }, parameters);
        view += 1;
      }
      offset += pictureWords(picture);
    }
    this.#write('records', records);
    this.#loadPasses(views);
    return views.length;
  }

  #loadPasses(views: readonly ViewParameters[]): void {
    const placed = views.map(({ steps }) => placeSteps(this.#plan, steps));
    const { passes, steps: most } = this.#plan;
    passes.forEach((pass, i) => {
      if (pass.kind === 'color') {
        const target = new Uint32Array(views.length * most * 2);
        const last = i === passes.length - 1;
        placed.forEach((steps, view) => {
          const pending = last && !views[view]!.steps.some(({ op }) => op === 'normalize');
          packSteps(target, view, most, steps[i]!.filter(isColorStep), pending);
        });
        this.#write(`pass ${i}`, target);
      } else if (pass.kind === 'blur') {
        const target = new Float32Array(views.length * (pass.radius + 1));
        placed.forEach((steps, view) => {
          const step = steps[i]![0];
          packBlur(target, view, pass.radius, step?.op === 'blur' ? blurWeights(step.kernel, step.sigma) : null);
        });
        this.#write(`pass ${i}`, target);
      }
    });
  }

  #write(name: string, data: ArrayBufferView, offset = 0): void {
    if (data.byteLength > 0) this.#gpu.write(this.#buffers.get(name)!, data, offset);
  }

  #check(views: number, pictures: readonly PictureViews[]): void {
    const { maxViews, maxWords } = this.#options;
    const words = pictures.reduce((sum, { picture }) => sum + pictureWords(picture), 0);
    if (views <= maxViews && words <= maxWords) return;
    throw new MemgpuError(
      'BAD_OPTION',
      `a batch of ${views} views from pictures of ${words} words; at most ${maxViews} and ${maxWords} were planned`,
      { hint: 'Use a smaller batch.' },
    );
  }

  record(recording: Recording, count: number): void {
    for (const { sized, bindings } of this.#stages) recording.dispatch(bindings, sized.grid(count));
  }

  dispose(): void {
    this.#allocation.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function isColorStep(step: ViewStep): step is ViewStep & ColorStep {
  return step.op !== 'blur';
}
