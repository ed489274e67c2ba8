import { MemgpuError } from '../errors.js';
import { escapeUnseen } from '../escape-unseen.js';
import { didYouMean } from '../nearest.js';
import { type Augmentation, type AugmentationOperation, checkAugmentation } from './augmentation.js';

/** SimCLR blurs views from this side on; at CIFAR's 32 pixels it does not. */
const SMALLEST_BLURRED = 64;

function crop(smallest: number, interpolation: 'bilinear' | 'bicubic'): AugmentationOperation {
  return { op: 'random-resized-crop', scale: [smallest, 1], ratio: [3 / 4, 4 / 3], interpolation };
}

function jitter(strength: number, saturation: number, hue: number, p: number): AugmentationOperation {
  return { op: 'color-jitter', brightness: strength, contrast: strength, saturation, hue, p };
}

function flip(direction: 'horizontal' | 'vertical', p: number): AugmentationOperation {
  return { op: `${direction}-flip`, p };
}

/** The kernel is the odd number nearest to a tenth of the side: 3 at 32 pixels, 7 at 64, 23 at 224. */
function blur(size: number, p: number): AugmentationOperation {
  return { op: 'gaussian-blur', kernel: Math.min(2 * Math.floor(size / 20) + 1, 31), sigma: [0.1, 2], p };
}

/** The operations of each preset for views of size × size pixels. */
const PRESETS = {
  /** Chen et al. 2020, strength 1. */
  simclr: (size: number) => [
    crop(0.08, 'bilinear'),
    flip('horizontal', 0.5),
    jitter(0.8, 0.8, 0.2, 0.8),
    { op: 'grayscale', p: 0.2 },
    ...(size >= SMALLEST_BLURRED ? [blur(size, 0.5)] : []),
  ],
  /** The memorization paper's sets (Appendix B) in the order of its scripts: crop, flips, jitter, grayscale. */
  normal: () => [
    crop(0.08, 'bilinear'),
    flip('horizontal', 1),
    jitter(0.8, 0.8, 0.2, 0.8),
    { op: 'grayscale', p: 0.2 },
  ],
  weak: () => [
    crop(0.08, 'bilinear'),
    flip('horizontal', 0.5),
    jitter(0.9, 0.9, 0.5, 0.4),
    { op: 'grayscale', p: 0.1 },
  ],
  strong: () => [
    crop(0.08, 'bilinear'),
    flip('horizontal', 1),
    flip('vertical', 1),
    jitter(0.8, 0.8, 0.2, 0.9),
    { op: 'grayscale', p: 0.5 },
  ],
  /** The paper names a 4 × 4 blur, which torchvision refuses (kernels are odd): read as 5 × 5. */
  independent: () => [
    crop(0.08, 'bilinear'),
    flip('vertical', 1),
    { op: 'gaussian-blur', kernel: 5, sigma: [0.1, 5], p: 0.8 },
    { op: 'invert', p: 0.2 },
  ],
  /**
   * What the memorization paper's published scripts draw, on normalised values: for scores, and for units, where a flip of
   * ½ is applied at ½.
   */
  'script-scores': () => [
    crop(0.08, 'bilinear'),
    flip('horizontal', 0.5),
    { op: 'normalize' },
    jitter(0.8, 0.8, 0.2, 0.8),
    { op: 'grayscale', p: 0.2 },
  ],
  'script-units': () => [
    crop(0.08, 'bilinear'),
    flip('horizontal', 0.25),
    { op: 'normalize' },
    jitter(0.9, 0.9, 0.1, 0.9),
    { op: 'grayscale', p: 0.1 },
  ],
  /** Caron et al. 2021, the first global crop (always blurred), with a Gaussian for Pillow's approximation of it. */
  'dino-global': (size: number) => [
    crop(0.4, 'bicubic'),
    flip('horizontal', 0.5),
    jitter(0.4, 0.2, 0.1, 0.8),
    { op: 'grayscale', p: 0.2 },
    blur(size, 1),
  ],
  /** He et al. 2022, without the mask. */
  mae: () => [crop(0.2, 'bicubic'), flip('horizontal', 0.5)],
  /** The clean image. */
  none: () => [],
} satisfies Record<string, (size: number) => AugmentationOperation[]>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** Trainings by the preset that is nearest to their views; each is the beginning of a training's name. */
const TRAINED_ON: readonly (readonly [training: string, preset: PresetName])[] = [
  ['SimCLR', 'simclr'],
  ['MoCo', 'simclr'],
  ['BYOL', 'simclr'],
  ['SimSiam', 'simclr'],
  ['SwAV', 'simclr'],
  ['Barlow Twins', 'simclr'],
  ['DINO', 'dino-global'],
  ['MAE', 'mae'],
];

/**
 * The preset whose views an encoder was trained on, as far as presets are one framework's; undefined where the training
 * is not known.
 */
export function presetOfTraining(training: string): PresetName | undefined {
  return TRAINED_ON.find(([name]) => training.startsWith(name))?.[1];
}

/** Whether a preset's views are one framework's, rather than one of the paper's sets or the clean image. */
export function isFrameworkPreset(name: string): boolean {
  return TRAINED_ON.some(([, preset]) => preset === name);
}

/**
 * The augmentation that an option names: a preset, or a list of operations.
 * @param value a preset's name or a list, as parsed JSON
 * @param size side of the view in pixels
 * @throws BAD_OPTION naming the nearest preset, or the entry of the list that is wrong
 */
export function resolveAugmentation(value: unknown, size: number): Augmentation {
  if (typeof value !== 'string') return checkAugmentation(value, size);
  if (Object.hasOwn(PRESETS, value)) return checkAugmentation(PRESETS[value as PresetName](size), size);
  throw new MemgpuError('BAD_OPTION', `augment: unknown preset ${escapeUnseen(JSON.stringify(value.slice(0, 60)))}`, {
    hint: `${didYouMean(value, PRESET_NAMES, JSON.stringify) ?? `Presets: ${PRESET_NAMES.join(', ')}.`} A list of operations is possible as well.`,
  });
}
