import { describe, expect, it } from 'vitest';
import type { Augmentation } from '../../src/images/augmentation.js';
import { checkAugmentation } from '../../src/images/augmentation.js';
import { drawView, type PictureSize } from '../../src/images/draw.js';
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
