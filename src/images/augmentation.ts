import * as v from 'valibot';
import { MemgpuError } from '../errors.js';
import { escapeUnseen, excerpt } from '../escape-unseen.js';
import { didYouMean } from '../nearest.js';

/**
 * An augmentation as data: a list of operations in order, the same whether it comes from a preset or from a user's
 * JSON. Semantics are torchvision's on tensors (`transforms.v1`).
 */

const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const strength = v.optional(v.pipe(v.number(), v.minValue(0), v.finite()), 0);

/** A range [low, high] inside the given bounds. */
function range(low: number, high: number) {
  const bound = v.pipe(v.number(), v.minValue(low), v.maxValue(high));
  return v.pipe(
    v.tuple([bound, bound]),
    v.check(([from, to]) => from <= to, 'the first number must not be above the second'),
  );
}

const OPERATIONS = {
  'random-resized-crop': v.strictObject({
    op: v.literal('random-resized-crop'),
    /** Part of the picture's area. */
    scale: v.optional(range(1e-6, 1), [0.08, 1]),
    /** Width over height. */
    ratio: v.optional(range(1e-3, 1e3), [3 / 4, 4 / 3]),
    interpolation: v.optional(v.picklist(['bilinear', 'bicubic']), 'bilinear'),
  }),
  'horizontal-flip': v.strictObject({ op: v.literal('horizontal-flip'), p: probability }),
  'vertical-flip': v.strictObject({ op: v.literal('vertical-flip'), p: probability }),
  'color-jitter': v.strictObject({
    op: v.literal('color-jitter'),
    /** Factors are uniform on [max(0, 1 − value), 1 + value]; 0 leaves the operation out. */
    brightness: strength,
    contrast: strength,
    saturation: strength,
    /** Shifts are uniform on [−value, value], in turns. */
    hue: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.5)), 0),
    p: probability,
  }),
  grayscale: v.strictObject({ op: v.literal('grayscale'), p: probability }),
  'gaussian-blur': v.strictObject({
    op: v.literal('gaussian-blur'),
    /** Width in pixels. */
    kernel: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(31),
      v.check((kernel) => kernel % 2 === 1, 'must be odd'),
    ),
    /** In pixels, uniform. */
    sigma: range(1e-3, 1e3),
    p: probability,
  }),
  invert: v.strictObject({ op: v.literal('invert'), p: probability }),
  solarize: v.strictObject({
    op: v.literal('solarize'),
    /** Values at or above it are inverted. */
    threshold: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    p: probability,
  }),
  /**
   * The encoder's normalisation, here instead of at the end: what follows acts on normalised values, of which
   * color-jitter sets those below 0 to 0. For parity with scripts that augment normalised tensors.
   */
  normalize: v.strictObject({ op: v.literal('normalize') }),
};

export type AugmentationName = keyof typeof OPERATIONS;
export type AugmentationOperation = v.InferOutput<(typeof OPERATIONS)[AugmentationName]>;
export type Augmentation = readonly AugmentationOperation[];

/** Bounds the passes that a JSON list can ask for. */
const MOST_OPERATIONS = 32;

/**
 * Checks a list of operations and fills in torchvision's defaults.
 *
 * A crop must come first: it decides the pixels that everything later sees. Flips may stand anywhere: they commute with
 * every other operation (those per pixel, the mean of contrast, and a symmetric blur with reflected borders), and so
 * are applied while resampling. Normalising stands once at most.
 * @param value the list, as parsed JSON
 * @param size side of the view in pixels, which bounds the blur's kernel
 * @throws BAD_OPTION naming the entry, the key, and for an unknown operation a near one or all
 */
export function checkAugmentation(value: unknown, size: number): Augmentation {
  if (!Array.isArray(value)) {
    throw bad('augment must be a list of operations', 'Write [{"op": "horizontal-flip", "p": 0.5}], or a preset.');
  }
  if (value.length > MOST_OPERATIONS) {
    throw bad(`augment has ${value.length} operations`, `Use at most ${MOST_OPERATIONS}.`);
  }
  let normalized = false;
  return value.map((entry: unknown, position) => {
    const operation = checkOperation(entry, position);
    if (operation.op === 'normalize') {
      if (normalized) throw bad(`augment[${position}]: normalize stands twice`, 'Leave one of them out.');
      normalized = true;
    }
    if (operation.op === 'random-resized-crop' && position > 0) {
      throw bad(
        `augment[${position}]: random-resized-crop must be the first operation`,
        'Move it to the front of the list; there can be only one.',
      );
    }
    if (operation.op === 'gaussian-blur' && operation.kernel > 2 * size - 1) {
      throw bad(
        `augment[${position}].kernel: ${operation.kernel} is too wide for views of ${size} × ${size} pixels`,
        `Reflected borders allow at most ${2 * size - 1}.`,
      );
    }
    return operation;
  });
}

function checkOperation(entry: unknown, position: number): AugmentationOperation {
  const op: unknown = typeof entry === 'object' && entry !== null ? (entry as { op?: unknown }).op : undefined;
  if (typeof op !== 'string') {
    throw bad(`augment[${position}] has no "op"`, `Operations: ${Object.keys(OPERATIONS).join(', ')}.`);
  }
  if (!Object.hasOwn(OPERATIONS, op)) {
    const names = Object.keys(OPERATIONS);
    throw bad(
      `augment[${position}]: unknown operation ${escapeUnseen(JSON.stringify(op.slice(0, 60)))}`,
      didYouMean(op, names, JSON.stringify) ?? `Operations: ${names.join(', ')}.`,
    );
  }
  const schema = OPERATIONS[op as AugmentationName];
  const result = v.safeParse<v.GenericSchema<unknown, AugmentationOperation>>(schema, entry, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue);
  const known = Object.keys(schema.entries);
  const unknownKey = issue.type === 'strict_object' && issue.expected === 'never' && key !== null;
  throw bad(
    `augment[${position}] (${op})${key === null ? '' : `.${escapeUnseen(key.slice(0, 60))}`}: ${unknownKey ? 'unknown key' : excerpt(issue.message, 200)}`,
    (unknownKey && didYouMean(key, known, JSON.stringify)) || `Keys of ${op}: ${known.join(', ')}.`,
  );
}

function bad(message: string, hint: string): MemgpuError {
  return new MemgpuError('BAD_OPTION', message, { hint });
}
