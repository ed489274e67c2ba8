import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { checkAugmentation } from '../../src/images/augmentation.js';
import { cleanView } from '../../src/images/draw.js';
import type { Picture } from '../../src/images/image.js';
import type { ViewParameters, ViewStep } from '../../src/images/views.js';
import { openTestGpu } from '../open-gpu.js';
import { readGolden } from '../read-golden.js';
import { type RefTensor, readSafetensors } from '../reference/safetensors.js';
import { channels, largestDifference, make, TOLERANCE } from './run-views.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

/** [3, H, W] as [H, W, 3]. */
function interleaved({ shape, data }: RefTensor): Float32Array {
  const pixels = shape[1]! * shape[2]!;
  return Float32Array.from({ length: pixels * 3 }, (_, i) => data[(i % 3) * pixels + Math.floor(i / 3)]!);
}

function bytePicture({ shape, data }: RefTensor): Picture {
  const [, height, width] = shape as [number, number, number];
  const pixels = width * height;
  const rgba = Uint8Array.from({ length: pixels * 4 }, (_, i) =>
    i % 4 === 3 ? 17 : data[(i % 4) * pixels + Math.floor(i / 4)]!,
  );
  return { width, height, rgba };
}

describe('against torchvision', () => {
  interface GoldenView {
    readonly source: number;
    readonly view: number;
    readonly crop: readonly [number, number, number, number];
    readonly size: number;
    readonly hflip: boolean;
    readonly vflip: boolean;
    readonly order: readonly number[];
    readonly brightness: number;
    readonly contrast: number;
    readonly saturation: number;
    readonly hue: number;
    readonly gray: boolean;
    readonly blur: { readonly kernel: number; readonly sigma: number };
    readonly invert: boolean;
    readonly mean: readonly [number, number, number];
    readonly std: readonly [number, number, number];
  }

  let golden: GoldenView[];
  let stages: Map<string, RefTensor>;
  let sources: Map<string, RefTensor>;
  beforeAll(async () => {
    golden = JSON.parse(new TextDecoder().decode(await readGolden('augment/parameters.json')));
    stages = readSafetensors(await readGolden('augment/stages.safetensors'));
    sources = readSafetensors(await readGolden('augment/sources.safetensors'));
  });

  const everything = (size: number) =>
    checkAugmentation(
      [
        { op: 'color-jitter', brightness: 1, contrast: 1, saturation: 1, hue: 0.5, p: 1 },
        { op: 'grayscale', p: 0.5 },
        { op: 'gaussian-blur', kernel: 23, sigma: [0.1, 2], p: 1 },
        { op: 'invert', p: 0.5 },
      ],
      size,
    );

  /** The view as it is after each stage. */
  function afterStages(one: GoldenView): [string, ViewParameters][] {
    const drawn = { box: one.crop, resized: [one.size, one.size], offset: [0, 0], filter: 'bilinear' } as const;
    const flipped = { ...drawn, flipHorizontal: one.hflip, flipVertical: one.vflip };
    const jitter = (['brightness', 'contrast', 'saturation', 'hue'] as const).map((op) => ({ op, factor: one[op] }));
    const steps: [string, ViewStep | null][] = [
      ...one.order.map((k): [string, ViewStep] => [jitter[k]!.op, jitter[k]!]),
      ['gray', one.gray ? { op: 'grayscale' } : null],
      ['blur', { op: 'blur', ...one.blur }],
      ['invert', one.invert ? { op: 'invert' } : null],
    ];
    const all: [string, ViewParameters][] = [
      ['crop', { ...drawn, flipHorizontal: false, flipVertical: false, steps: [] }],
      ['flip', { ...flipped, steps: [] }],
    ];
    steps.forEach(([name], i) => {
      const applied = steps.slice(0, i + 1).flatMap(([, step]) => (step ? [step] : []));
      all.push([name, { ...flipped, steps: applied }]);
    });
    return all;
  }

  test.each([32, 64])('every stage at %i pixels is within 1e-5', async (size) => {
    const wanted = golden.filter((one) => one.size === size);
    expect(wanted.length).toBeGreaterThan(0);
    const pictures = wanted.map((one) => ({
      picture: bytePicture(sources.get(String(one.source))!),
      views: afterStages(one).map(([, view]) => view),
    }));
    const output = await make(gpu, { augmentation: everything(size), size, pictures });
    let view = 0;
    for (const one of wanted)
      for (const [name] of afterStages(one)) {
        const key = `${one.source}.${one.view}/${name}`;
        const expected = interleaved(stages.get(key)!);
        expect(largestDifference(channels(output, view, size), expected), key).toBeLessThanOrEqual(TOLERANCE);
        view += 1;
      }
  });

  test.each([32, 64])('normalised views at %i pixels are within 4.5e-5', async (size) => {
    const wanted = golden.filter((one) => one.size === size);
    const { mean, std } = wanted[0]!;
    const pictures = wanted.map((one) => ({
      picture: bytePicture(sources.get(String(one.source))!),
      views: [afterStages(one).at(-1)![1]],
    }));
    const output = await make(gpu, { augmentation: everything(size), size, pictures, mean, std });
    wanted.forEach((one, view) => {
      const key = `${one.source}.${one.view}/normalized`;
      const expected = interleaved(stages.get(key)!);
      // The bound on [0, 1], divided by the smallest deviation.
      expect(largestDifference(channels(output, view, size), expected), key).toBeLessThanOrEqual(4.5e-5);
    });
  });

  test.each(['bilinear', 'bicubic'] as const)('the clean %s view is within 1e-5', async (interpolation) => {
    const clean = readSafetensors(await readGolden('augment/clean.safetensors'));
    const picture = bytePicture(sources.get('8')!);
    const view = cleanView(picture, { size: 64, resize: 72, interpolation });
    expect([...view.resized, ...view.offset]).toEqual([72, 108, 4, 22]);
    const output = await make(gpu, { augmentation: [], size: 64, pictures: [{ picture, views: [view] }] });
    const expected = interleaved(clean.get(`center64/${interpolation}`)!);
    expect(largestDifference(channels(output, 0, 64), expected)).toBeLessThanOrEqual(TOLERANCE);

    const left: ViewParameters = { ...view, offset: [0, 0] };
    const right: ViewParameters = { ...view, offset: [0, 36] };
    const both = await make(gpu, { augmentation: [], size: 72, pictures: [{ picture, views: [left, right] }] });
    const resized = interleaved(clean.get(`resize72/${interpolation}`)!);
    for (const [at, from] of [0, 36].entries()) {
      const part = Float32Array.from({ length: 72 * 72 * 3 }, (_, i) => {
        const y = Math.floor(i / 216);
        return resized[(y * 108 + from) * 3 + (i % 216)]!;
      });
      expect(largestDifference(channels(both, at, 72), part)).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});
