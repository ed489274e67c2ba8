import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createViewMaker, type PictureViews } from '../../src/analysis/view-maker.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { checkAugmentation } from '../../src/images/augmentation.js';
import { cleanView, drawView } from '../../src/images/draw.js';
import { resolveAugmentation } from '../../src/images/presets.js';
import type { ViewParameters } from '../../src/images/views.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { normalised, referenceView } from '../reference/views.js';
import { isGarbage, values } from './run-kernel.js';
import { type Batch, channels, largestDifference, make, randomPicture, randomPlanes, TOLERANCE } from './run-views.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

describe('against float64', () => {
  /** Where rounding may put a value on the other side of a threshold, results may differ by a jump. */
  async function compare(batch: Omit<Batch, 'pictures'>, pictures: readonly PictureViews[], tolerance = TOLERANCE) {
    const output = await make(gpu, { ...batch, pictures });
    let view = 0;
    for (const { picture, views } of pictures)
      for (const parameters of views) {
        const { mean = [0, 0, 0], std = [1, 1, 1] } = batch;
        const expected = referenceView(picture, parameters, batch.size, { mean, std });
        const what = `${picture.width} x ${picture.height} to ${batch.size}: ${JSON.stringify(parameters)}`;
        expect(largestDifference(channels(output, view, batch.size), expected), what).toBeLessThanOrEqual(tolerance);
        view += 1;
      }
  }

  const CUSTOM = [
    { op: 'random-resized-crop', interpolation: 'bicubic' },
    { op: 'invert', p: 0.5 },
    { op: 'color-jitter', brightness: 0.4, contrast: 0.9, saturation: 0.9, hue: 0.5, p: 0.8 },
    { op: 'gaussian-blur', kernel: 3, sigma: [0.3, 3], p: 0.5 },
    { op: 'vertical-flip', p: 0.5 },
    { op: 'color-jitter', contrast: 0.9, p: 0.5 },
    { op: 'grayscale', p: 0.3 },
    { op: 'horizontal-flip', p: 0.5 },
  ];

  test.each([2, 3, 5, 8, 17, 32, 33])('views drawn at %i pixels from small and odd pictures', async (size) => {
    for (const augment of ['simclr', 'dino-global', CUSTOM]) {
      const augmentation = resolveAugmentation(augment, size);
      const pictures = [
        randomPicture(1, 1, 1),
        randomPicture(1, 9, 2),
        randomPlanes(31, 2, 3),
        randomPicture(32, 32, 4),
        randomPlanes(45, 70, 5),
      ].map((picture, image) => ({
        picture,
        views: [0, 1, 2].map((view) =>
          drawView(augmentation, picture, { size, interpolation: 'bicubic' }, 9, image, view),
        ),
      }));
      await compare({ augmentation, size }, pictures);
    }
  });

  test.each(['script-scores', 'script-units'])('colours of normalised values, some below 0: %s', async (augment) => {
    const augmentation = resolveAugmentation(augment, 17);
    const [mean, std] = [[0.5, 0.4, 0.45] as const, [0.5, 0.25, 0.3] as const];
    const picture = randomPicture(32, 32, 4);
    const views = Array.from({ length: 12 }, (_, view) =>
      drawView(augmentation, picture, { size: 17, interpolation: 'bilinear' }, 3, 0, view),
    );
    await compare({ augmentation, size: 17, mean, std }, [{ picture, views }], 10 * TOLERANCE);
    const later = views.map((view) => ({ ...view, steps: view.steps.filter(({ op }) => op !== 'normalize') }));
    const output = await make(gpu, { augmentation, size: 17, mean, std, pictures: [{ picture, views: later }] });
    later.forEach((view, v) => {
      const expected = normalised(referenceView(picture, view, 17), { mean, std });
      expect(largestDifference(channels(output, v, 17), expected)).toBeLessThanOrEqual(10 * TOLERANCE);
    });
  });

  test('a view of one pixel', async () => {
    const picture = randomPicture(13, 10, 6);
    const augmentation = resolveAugmentation('simclr', 1);
    const views = [0, 1, 2, 3].map((view) =>
      drawView(augmentation, picture, { size: 1, interpolation: 'bilinear' }, 1, 0, view),
    );
    await compare({ augmentation, size: 1 }, [{ picture, views }]);
  });

  test('a large picture, cropped and clean, with both filters', async () => {
    const picture = randomPicture(2500, 1401, 7);
    const views = (['bilinear', 'bicubic'] as const).flatMap((interpolation) => [
      cleanView(picture, { size: 24, resize: 30, interpolation }),
      drawView(
        resolveAugmentation([{ op: 'random-resized-crop', interpolation }], 24),
        picture,
        { size: 24, interpolation },
        3,
        5,
        0,
      ),
    ]);
    await compare({ augmentation: [], size: 24 }, [{ picture, views }]);
  });

  test('a wide view keeps its accuracy far from the origin', async () => {
    const picture = randomPicture(613, 3, 8);
    const view = cleanView(picture, { size: 3, interpolation: 'bicubic' });
    const far: ViewParameters = { ...view, resized: [5, 601], offset: [1, 598] };
    await compare({ augmentation: [], size: 3 }, [{ picture, views: [view, far] }]);
  });

  test.each([1, 3, 7, 13, 31])('a blur of width %i, beside views that are not blurred', async (kernel) => {
    const size = 18;
    const picture = randomPlanes(size, size, kernel);
    const clean = cleanView(picture, { size, interpolation: 'bilinear' });
    const augmentation = checkAugmentation([{ op: 'gaussian-blur', kernel, sigma: [0.1, 9], p: 0.5 }], size);
    const views = [0.1, 0.7, 2, 9].map(
      (sigma): ViewParameters => ({ ...clean, steps: [{ op: 'blur', kernel, sigma }] }),
    );
    await compare({ augmentation, size }, [{ picture, views: [clean, ...views] }]);
  });

  test('solarize inverts from its threshold on, exactly', async () => {
    const size = 16;
    const picture = { width: size, height: size, rgb: values(size * size * 3, 3, 0, 1) };
    picture.rgb[5] = 0.5;
    const augmentation = checkAugmentation([{ op: 'solarize', threshold: 0.5, p: 1 }], size);
    const view = drawView(augmentation, picture, { size, interpolation: 'bilinear' }, 0, 0, 0);
    await compare({ augmentation, size }, [{ picture, views: [view] }], 2 ** -24);
  });

  test('hue at the borders of its sectors, black and white', async () => {
    const colors = [0, 0.25, 0.5, 1];
    const size = 8;
    const rgb = new Float32Array(size * size * 3);
    for (let i = 0; i < 64; i++) for (let c = 0; c < 3; c++) rgb[c * 64 + i] = colors[Math.floor(i / 4 ** c) % 4]!;
    const picture = { width: size, height: size, rgb };
    const augmentation = checkAugmentation([{ op: 'color-jitter', hue: 0.5, p: 1 }], size);
    const clean = cleanView(picture, { size, interpolation: 'bilinear' });
    const views = [-0.5, -1 / 3, -1 / 6, -1e-9, 0, 1e-9, 0.1, 1 / 6, 1 / 3, 0.5].map(
      (factor): ViewParameters => ({ ...clean, steps: [{ op: 'hue', factor }] }),
    );
    await compare({ augmentation, size }, [{ picture, views }]);
  });
});

describe('exactly', () => {
  test('a byte becomes its 255th part, rounded once', async () => {
    const picture = {
      width: 16,
      height: 16,
      rgba: Uint8Array.from({ length: 1024 }, (_, i) => (i % 4) * 85 + (i >> 2)),
    };
    for (const interpolation of ['bilinear', 'bicubic'] as const) {
      const view = cleanView(picture, { size: 16, interpolation });
      const output = await make(gpu, { augmentation: [], size: 16, pictures: [{ picture, views: [view] }] });
      const expected = Float32Array.from(
        { length: 768 },
        (_, i) => picture.rgba[Math.floor(i / 3) * 4 + (i % 3)]! / 255,
      );
      expect(channels(output, 0, 16)).toEqual(expected);
    }
  });

  test('a picture of numbers that keeps its size keeps its numbers', async () => {
    const rgb = values(300, 4, 0, 1);
    const picture = { width: 10, height: 10, rgb };
    const view = cleanView(picture, { size: 10, interpolation: 'bicubic' });
    const output = await make(gpu, { augmentation: [], size: 10, pictures: [{ picture, views: [view] }] });
    expect(channels(output, 0, 10)).toEqual(
      Float32Array.from({ length: 300 }, (_, i) => rgb[(i % 3) * 100 + Math.floor(i / 3)]!),
    );
  });

  test('a view has the same bits at any place of any batch, and again', async () => {
    const size = 20;
    const augmentation = resolveAugmentation(
      [...resolveAugmentation('simclr', size), { op: 'gaussian-blur', kernel: 5, sigma: [0.1, 2], p: 0.5 }],
      size,
    );
    const pictures = [randomPicture(32, 32, 1), randomPlanes(17, 40, 2), randomPicture(64, 48, 3)].map(
      (picture, image) => ({
        picture,
        views: [0, 1, 2, 3].map((view) =>
          drawView(augmentation, picture, { size, interpolation: 'bilinear' }, 4, image, view),
        ),
      }),
    );
    const all = await make(gpu, { augmentation, size, pictures, spare: 3 });
    expect(await make(gpu, { augmentation, size, pictures, spare: 3 })).toEqual(all);
    await recordBits('views', all.subarray(0, 12 * size * size * 4));
    const backwards = await make(gpu, { augmentation, size, pictures: [...pictures].reverse(), spare: 60 });
    for (const [image, one] of pictures.entries()) {
      const alone = await make(gpu, { augmentation, size, pictures: [one] });
      for (let view = 0; view < 4; view++) {
        const expected = channels(all, image * 4 + view, size);
        expect(channels(alone, view, size)).toEqual(expected);
        expect(channels(backwards, (2 - image) * 4 + view, size)).toEqual(expected);
      }
    }
    for (let i = 12 * size * size * 4; i < all.length; i++) {
      if (!isGarbage(all, i)) throw new Error(`value ${i}, beyond the batch, was written`);
    }
  });
});

describe('a batch that is too large', () => {
  test('is refused before anything is uploaded', async () => {
    const picture = randomPicture(4, 4, 1);
    const views = [cleanView(picture, { size: 4, interpolation: 'bilinear' })];
    const options = { augmentation: [], size: 4, mean: [0, 0, 0], std: [1, 1, 1], maxViews: 1, maxWords: 16 } as const;
    using maker = await createViewMaker(gpu, options);
    expect(() => maker.load([{ picture, views: [...views, ...views] }])).toThrow(/2 views .* at most 1/);
    expect(() => maker.load([{ picture: randomPlanes(4, 4, 1), views }])).toThrow(/48 words; at most 1 and 16/);
    await expect(createViewMaker(gpu, { ...options, maxViews: 65536 })).rejects.toThrow(/65536 views/);
  });
});
