import { describe, expect, test } from 'vitest';
import { drawView } from '../../src/images/draw.js';
import { PRESET_NAMES, resolveAugmentation } from '../../src/images/presets.js';
import { type PlannedOperation, placeSteps, planViews } from '../../src/kernels/view-plan.js';

const jitter = { op: 'color-jitter', brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2 };
const onlyContrast = { op: 'color-jitter', contrast: 0.8 };
const blur = { op: 'gaussian-blur', kernel: 5 };
const gray = { op: 'grayscale' };

function kinds(augmentation: readonly PlannedOperation[]): string {
  return planViews(augmentation)
    .passes.map((pass) => (pass.kind === 'blur' ? `blur ${pass.radius}` : pass.kind))
    .join(', ');
}

function placed(augmentation: readonly PlannedOperation[], ops: string): string {
  const steps = ops.split(' ').map((op) => ({ op }));
  return placeSteps(planViews(augmentation), steps)
    .map((pass) => pass.map(({ op }) => op).join(' '))
    .join(' | ');
}

describe('the passes of an augmentation', () => {
  test('break before contrast and around a blur, and end with the normalisation', () => {
    expect(kinds([])).toBe('color');
    expect(kinds([{ op: 'random-resized-crop' }, { op: 'horizontal-flip' }])).toBe('color');
    expect(kinds([jitter, gray])).toBe('color, mean, color');
    expect(kinds([onlyContrast])).toBe('mean, color');
    expect(kinds([blur])).toBe('blur 2, color');
    expect(kinds([blur, { op: 'invert' }])).toBe('blur 2, color');
    expect(kinds([jitter, gray, blur])).toBe('color, mean, color, blur 2, color');
    expect(kinds([jitter, jitter])).toBe('color, mean, color, mean, color');
    expect(kinds([blur, blur, onlyContrast])).toBe('blur 2, blur 2, mean, color');
  });

  test('hold every step that could fall into one of them, and the normalisation', () => {
    expect(planViews([jitter, gray]).steps).toBe(6);
    expect(planViews([blur]).steps).toBe(1);
  });
});

describe('the steps of a view', () => {
  test('go into the earliest pass that can take them, in order', () => {
    expect(placed([jitter, gray], 'hue contrast brightness saturation grayscale')).toBe(
      'hue |  | contrast brightness saturation grayscale',
    );
    expect(placed([jitter, gray], 'contrast hue')).toBe(' |  | contrast hue');
    expect(placed([jitter, gray], 'grayscale')).toBe('grayscale |  | ');
    expect(placed([onlyContrast, gray], 'grayscale')).toBe(' | grayscale');
    expect(placed([jitter, blur, jitter], 'blur hue contrast')).toBe(' |  |  | blur | hue |  | contrast');
  });

  test('that the augmentation cannot have drawn are refused by name', () => {
    expect(() => placed([gray], 'contrast')).toThrow(/step contrast/);
    expect(() => placed([blur], 'blur blur')).toThrow(/step blur/);
  });

  test('of every preset and every draw find a place, none lost', () => {
    for (const name of PRESET_NAMES) {
      const augmentation = resolveAugmentation(name, 64);
      const plan = planViews(augmentation);
      for (let image = 0; image < 200; image++) {
        const geometry = { size: 64, interpolation: 'bilinear' } as const;
        const { steps } = drawView(augmentation, { width: 80, height: 70 }, geometry, 5, image, 0);
        const passes = placeSteps(plan, steps);
        expect(passes.flat()).toEqual(steps);
        passes.forEach((pass, i) => {
          if (pass.some(({ op }) => op === 'contrast')) {
            expect(pass[0]?.op).toBe('contrast');
            expect(plan.passes[i - 1]?.kind).toBe('mean');
          }
          if (plan.passes[i]?.kind === 'color') expect(pass.length).toBeLessThan(plan.steps);
        });
      }
    }
  });
});
