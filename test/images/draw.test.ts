import { describe, expect, it } from 'vitest';
import type { Augmentation } from '../../src/images/augmentation.js';
import { checkAugmentation } from '../../src/images/augmentation.js';
import { blurWeights } from '../../src/images/blur-weights.js';
import { cleanView, drawView, type PictureSize } from '../../src/images/draw.js';
import { resolveAugmentation } from '../../src/images/presets.js';
import type { ViewParameters } from '../../src/images/views.js';

const GEOMETRY = { size: 32, interpolation: 'bilinear' } as const;

function drawMany(augmentation: Augmentation, picture: PictureSize, n: number): ViewParameters[] {
  return Array.from({ length: n }, (_, image) => drawView(augmentation, picture, GEOMETRY, 0, image, image % 7));
}

/** Asserts that a share of n independent draws is p, to five standard deviations. */
function expectShare(count: number, n: number, p: number): void {
  expect(Math.abs(count / n - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / n));
}

/** Asserts a uniform sample: its range, and its mean to five standard deviations. */
function expectUniform(sample: readonly number[], low: number, high: number): void {
  expect(Math.min(...sample)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...sample)).toBeLessThanOrEqual(high);
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  const deviation = (high - low) / Math.sqrt(12 * sample.length);
  expect(Math.abs(mean - (low + high) / 2)).toBeLessThanOrEqual(5 * deviation);
}

describe('the crop', () => {
  it('stays inside the picture, with area and aspect in range up to the rounding of its sides', () => {
    const picture = { width: 300, height: 200 };
    for (const { box } of drawMany(resolveAugmentation('simclr', 32), picture, 3000)) {
      const [top, left, height, width] = box;
      expect(Number.isInteger(top) && Number.isInteger(left)).toBe(true);
      expect(top >= 0 && left >= 0 && top + height <= 200 && left + width <= 300).toBe(true);
      expect((width - 0.5) * (height - 0.5)).toBeLessThanOrEqual(60000);
      expect((width + 0.5) * (height + 0.5)).toBeGreaterThanOrEqual(0.08 * 60000);
      expect((width - 0.5) / (height + 0.5)).toBeLessThanOrEqual(4 / 3);
      expect((width + 0.5) / (height - 0.5)).toBeGreaterThanOrEqual(3 / 4);
    }
  });

  it('has uniform area, log-uniform aspect and uniform places where every try fits', () => {
    const crop = checkAugmentation([{ op: 'random-resized-crop', scale: [0.01, 0.2] }], 32);
    const side = 10000;
    const boxes = drawMany(crop, { width: side, height: side }, 4000).map(({ box }) => box);
    // Sides are at least 800 pixels, so rounding moves an area by less than 0.2 %.
    expectUniform(
      boxes.map(([, , h, w]) => (h * w) / side ** 2),
      0.01 * 0.998,
      0.2 * 1.002,
    );
    expectUniform(
      boxes.map(([, , h, w]) => Math.log(w / h)),
      Math.log(3 / 4) - 0.002,
      Math.log(4 / 3) + 0.002,
    );
    expectUniform(
      boxes.map(([top, , h]) => top / (side - h)),
      0,
      1,
    );
    expectUniform(
      boxes.map(([, left, , w]) => left / (side - w)),
      0,
      1,
    );
  });

  it('reaches the last place: offsets are inclusive', () => {
    const crop = checkAugmentation([{ op: 'random-resized-crop', scale: [0.25, 0.25], ratio: [1, 1] }], 32);
    const boxes = drawMany(crop, { width: 4, height: 4 }, 500).map(({ box }) => box);
    expect(new Set(boxes.map(([top]) => top))).toEqual(new Set([0, 1, 2]));
    expect(new Set(boxes.map(([, left]) => left))).toEqual(new Set([0, 1, 2]));
  });

  it('falls back to the largest centred box after ten tries', () => {
    const whole = checkAugmentation([{ op: 'random-resized-crop', scale: [1, 1] }], 32);
    const box = (width: number, height: number) => drawView(whole, { width, height }, GEOMETRY, 0, 0, 0).box;
    expect(box(400, 100)).toEqual([0, 133, 100, 133]);
    expect(box(90, 200)).toEqual([40, 0, 120, 90]);
    // Python rounds 2.5 to 2: 2 / (4/5) = 2.5.
    const fine = checkAugmentation([{ op: 'random-resized-crop', scale: [1, 1], ratio: [0.8, 1.25] }], 32);
    expect(drawView(fine, { width: 2, height: 40 }, GEOMETRY, 0, 0, 0).box).toEqual([19, 0, 2, 2]);
  });
});

describe('flips, jitter and the rest', () => {
  const n = 6000;
  const picture = { width: 32, height: 32 };

  it('happen with their probability', () => {
    const views = drawMany(resolveAugmentation('simclr', 64), picture, n);
    const share = (op: string) => views.filter(({ steps }) => steps.some((step) => step.op === op)).length;
    expectShare(views.filter(({ flipHorizontal }) => flipHorizontal).length, n, 0.5);
    expectShare(share('brightness'), n, 0.8);
    expectShare(share('grayscale'), n, 0.2);
    expectShare(share('blur'), n, 0.5);
    expect(views.some(({ flipVertical }) => flipVertical)).toBe(false);
    const strong = drawMany(resolveAugmentation('strong', 32), picture, 500);
    expect(strong.every(({ flipHorizontal, flipVertical }) => flipHorizontal && flipVertical)).toBe(true);
  });

  it('draw factors uniformly from torchvision ranges', () => {
    const steps = drawMany(resolveAugmentation('weak', 32), picture, n).flatMap((view) => view.steps);
    const factors = (op: string) => steps.flatMap((step) => (step.op === op && 'factor' in step ? [step.factor] : []));
    for (const op of ['brightness', 'contrast', 'saturation']) expectUniform(factors(op), 0.1, 1.9);
    expectUniform(factors('hue'), -0.5, 0.5);
    const blurs = drawMany(resolveAugmentation('independent', 32), picture, n).flatMap((view) => view.steps);
    expectUniform(
      blurs.flatMap((step) => (step.op === 'blur' ? [step.sigma] : [])),
      0.1,
      5,
    );
  });

  it('never draw a factor below 0', () => {
    const wild = checkAugmentation([{ op: 'color-jitter', brightness: 3, p: 1 }], 32);
    expectUniform(
      drawMany(wild, picture, 2000).map(({ steps }) => (steps[0] as { factor: number }).factor),
      0,
      4,
    );
  });

  it('put the four jitter operations into all 24 orders equally', () => {
    const orders = new Map<string, number>();
    const jitter = checkAugmentation(
      [{ op: 'color-jitter', brightness: 1, contrast: 1, saturation: 1, hue: 0.5, p: 1 }],
      32,
    );
    for (const { steps } of drawMany(jitter, picture, 2400)) {
      const order = steps.map(({ op }) => op).join(' ');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    const chiSquare = [...orders.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    // 23 degrees of freedom: mean 23, deviation √46 ≈ 6.8; five deviations.
    expect(chiSquare).toBeLessThan(57);
  });

  it('cancel where a flip is listed twice', () => {
    const twice = checkAugmentation(
      [
        { op: 'horizontal-flip', p: 1 },
        { op: 'invert', p: 1 },
        { op: 'horizontal-flip', p: 1 },
      ],
      32,
    );
    expect(drawView(twice, picture, GEOMETRY, 0, 0, 0).flipHorizontal).toBe(false);
  });
});

describe('a drawn view', () => {
  it('depends on its own address alone', () => {
    const simclr = resolveAugmentation('simclr', 32);
    const picture = { width: 50, height: 40 };
    const draw = (seed: number, image: number, view: number) => drawView(simclr, picture, GEOMETRY, seed, image, view);
    const once = draw(3, 8, 1);
    for (const [seed, image, view] of [
      [4, 8, 1],
      [3, 9, 1],
      [3, 8, 2],
      [3, 8 + 2 ** 32, 1],
    ] as const) {
      expect(draw(seed, image, view)).not.toEqual(once);
    }
    expect(draw(3, 8, 1)).toEqual(once);
  });

  it('keeps its later numbers when an earlier operation draws more or fewer', () => {
    const draw = (scale: [number, number]) =>
      drawView(
        checkAugmentation([{ op: 'random-resized-crop', scale }, ...resolveAugmentation('simclr', 32).slice(1)], 32),
        { width: 90, height: 20 },
        GEOMETRY,
        1,
        2,
        3,
      );
    const rejected = draw([1, 1]);
    const accepted = draw([0.01, 0.02]);
    expect(rejected.box).not.toEqual(accepted.box);
    expect({ ...rejected, box: accepted.box }).toEqual(accepted);
  });

  it('is what it was: three views of seed 0', () => {
    const views = [0, 1, 2].map((view) =>
      drawView(resolveAugmentation('simclr', 64), { width: 96, height: 64 }, { ...GEOMETRY, size: 64 }, 0, 17, view),
    );
    expect(views).toMatchInlineSnapshot(`
      [
        {
          "box": [
            0,
            17,
            54,
            64,
          ],
          "filter": "bilinear",
          "flipHorizontal": false,
          "flipVertical": false,
          "offset": [
            0,
            0,
          ],
          "resized": [
            64,
            64,
          ],
          "steps": [
            {
              "factor": 1.5702911929060843,
              "op": "brightness",
            },
            {
              "factor": 0.4870360758910557,
              "op": "contrast",
            },
            {
              "factor": -0.04174815898434825,
              "op": "hue",
            },
            {
              "factor": 0.769095211670081,
              "op": "saturation",
            },
            {
              "kernel": 7,
              "op": "blur",
              "sigma": 0.15705691443524247,
            },
          ],
        },
        {
          "box": [
            27,
            5,
            29,
            23,
          ],
          "filter": "bilinear",
          "flipHorizontal": false,
          "flipVertical": false,
          "offset": [
            0,
            0,
          ],
          "resized": [
            64,
            64,
          ],
          "steps": [],
        },
        {
          "box": [
            0,
            34,
            48,
            43,
          ],
          "filter": "bilinear",
          "flipHorizontal": true,
          "flipVertical": false,
          "offset": [
            0,
            0,
          ],
          "resized": [
            64,
            64,
          ],
          "steps": [
            {
              "factor": 0.2073821315321051,
              "op": "contrast",
            },
            {
              "factor": 0.02310510343691599,
              "op": "hue",
            },
            {
              "factor": 1.1371369319031301,
              "op": "brightness",
            },
            {
              "factor": 0.6974700234580429,
              "op": "saturation",
            },
            {
              "kernel": 7,
              "op": "blur",
              "sigma": 1.9733546946137455,
            },
          ],
        },
      ]
    `);
  });
});

describe('the clean view', () => {
  it('resizes the shorter side, truncates the longer and cuts out the centre, rounding half to even', () => {
    const view = (width: number, height: number, resize: number) =>
      cleanView({ width, height }, { size: 64, resize, interpolation: 'bicubic' });
    expect(view(227, 150, 72)).toEqual({
      box: [0, 0, 150, 227],
      resized: [72, 108],
      offset: [4, 22],
      filter: 'bicubic',
      flipHorizontal: false,
      flipVertical: false,
      steps: [],
    });
    expect(view(150, 227, 72).resized).toEqual([108, 72]);
    // (65 − 64) / 2 = 0.5 → 0 and (67 − 64) / 2 = 1.5 → 2.
    expect(view(100, 100, 65).offset).toEqual([0, 0]);
    expect(view(100, 100, 67).offset).toEqual([2, 2]);
  });

  it('is the whole picture where that is square', () => {
    const view = cleanView({ width: 32, height: 32 }, GEOMETRY);
    expect([view.box, view.resized, view.offset]).toEqual([
      [0, 0, 32, 32],
      [32, 32],
      [0, 0],
    ]);
    expect(drawView([], { width: 32, height: 32 }, GEOMETRY, 5, 6, 7)).toEqual(view);
  });

  it('of a resized side below the view, or of a line, is refused', () => {
    expect(() => cleanView({ width: 9, height: 9 }, { ...GEOMETRY, resize: 31 })).toThrow(/31 pixels.*32/);
    expect(() => cleanView({ width: 60000, height: 1 }, GEOMETRY)).toThrow(/60000 × 1 pixels is too elongated/);
  });
});

describe('blur weights', () => {
  it('sum to 1 over the kernel and follow the Gaussian', () => {
    for (const [kernel, sigma] of [
      [1, 1],
      [3, 0.1],
      [23, 2],
      [31, 9],
    ] as const) {
      const half = blurWeights(kernel, sigma);
      expect(half).toHaveLength((kernel + 1) / 2);
      expect(half.reduce((sum, w, x) => sum + (x === 0 ? w : 2 * w), 0)).toBeCloseTo(1, 14);
      half.forEach((w, x) => {
        expect(w / half[0]!).toBeCloseTo(Math.exp(-(x * x) / (2 * sigma * sigma)), 14);
      });
    }
  });
});
