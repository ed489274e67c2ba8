import { MemgpuError } from '../errors.js';
import type { Augmentation, AugmentationOperation } from './augmentation.js';
import { exp, log } from './exp-log.js';
import { type SlotDraw, viewStream } from './philox.js';
import type { ViewParameters, ViewStep } from './views.js';

/** Width and height of a picture, in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** How an encoder wants its input: the geometry of its clean view. */
export interface ViewGeometry {
  /** Side of the view, in pixels. */
  readonly size: number;
  /** The shorter side of the picture is resized to this before the centre is cut out; `size` where not given. */
  readonly resize?: number;
  readonly interpolation: 'bilinear' | 'bicubic';
}

type Geometry = Pick<ViewParameters, 'box' | 'resized' | 'offset' | 'filter'>;
type Crop = Extract<AugmentationOperation, { op: 'random-resized-crop' }>;
type Jitter = Extract<AugmentationOperation, { op: 'color-jitter' }>;

/** Slots that each operation of an augmentation owns, used or not; the crop's ten tries take 40. */
const SLOTS_PER_OPERATION = 64;
const CROP_TRIES = 10;

/**
 * Draws one view of an image, with torchvision's semantics. Every number has its own slot, (position in the
 * augmentation) × 64 + (number within the operation), also where a try is rejected or an operation is left out; so a
 * view depends on the augmentation, the size of the picture, the seed, the image index and its own number, and on
 * nothing else. Without a crop the geometry is the clean view's.
 * @param seed u32
 * @param image image index, from 0
 * @param view number of the view of this image, from 0
 * @throws BAD_IMAGE where the clean geometry cannot hold the picture
 */
export function drawView(
  augmentation: Augmentation,
  picture: PictureSize,
  geometry: ViewGeometry,
  seed: number,
  image: number,
  view: number,
): ViewParameters {
  const stream = viewStream(seed, image, view);
  let placed: Geometry | undefined;
  let flipHorizontal = false;
  let flipVertical = false;
  const steps: ViewStep[] = [];
  augmentation.forEach((operation, position) => {
    const draw: SlotDraw = (slot) => stream(position * SLOTS_PER_OPERATION + slot);
    switch (operation.op) {
      case 'random-resized-crop':
        placed = drawCrop(operation, picture, geometry.size, draw);
        break;
      case 'horizontal-flip':
        flipHorizontal = flipHorizontal !== draw(0) < operation.p;
        break;
      case 'vertical-flip':
        flipVertical = flipVertical !== draw(0) < operation.p;
        break;
      case 'color-jitter':
        if (draw(0) < operation.p) steps.push(...drawJitter(operation, draw));
        break;
      case 'gaussian-blur':
        if (draw(0) < operation.p) {
          steps.push({ op: 'blur', kernel: operation.kernel, sigma: between(operation.sigma, draw(1)) });
        }
        break;
      case 'solarize':
        if (draw(0) < operation.p) steps.push({ op: 'solarize', threshold: operation.threshold });
        break;
      case 'normalize':
        steps.push({ op: 'normalize' });
        break;
      default:
        if (draw(0) < operation.p) steps.push({ op: operation.op });
    }
  });
  return { ...(placed ?? cleanGeometry(picture, geometry)), flipHorizontal, flipVertical, steps };
}

/**
 * The view without augmentation: the shorter side resized, then the centre cut out (torchvision's Resize and
 * CenterCrop, with their truncation and their rounding half to even).
 * @throws BAD_IMAGE for a picture too elongated to be resized so, BAD_OPTION where the resized side is below the size
 */
export function cleanView(picture: PictureSize, geometry: ViewGeometry): ViewParameters {
  return { ...cleanGeometry(picture, geometry), flipHorizontal: false, flipVertical: false, steps: [] };
}

function cleanGeometry({ width, height }: PictureSize, { size, resize = size, interpolation }: ViewGeometry): Geometry {
  if (resize < size) {
    throw new MemgpuError('BAD_OPTION', `the shorter side is resized to ${resize} pixels, below the view's ${size}`, {
      hint: `Resize to at least ${size} pixels.`,
    });
  }
  const long = Math.trunc((resize * Math.max(width, height)) / Math.min(width, height));
  // The resampling kernel addresses half pixels of both sizes in one u32.
  if (2 * long * Math.max(width, height) >= 2 ** 32) {
    throw new MemgpuError('BAD_IMAGE', `a picture of ${width} × ${height} pixels is too elongated`, {
      hint: 'Crop it, or leave it out of the set.',
    });
  }
  const resized: readonly [number, number] = width <= height ? [long, resize] : [resize, long];
  return {
    box: [0, 0, height, width],
    resized,
    offset: [roundHalfEven((resized[0] - size) / 2), roundHalfEven((resized[1] - size) / 2)],
    filter: interpolation,
  };
}

/** RandomResizedCrop: ten tries of area and aspect, then the largest centred box whose aspect is in range. */
function drawCrop(crop: Crop, { width, height }: PictureSize, size: number, draw: SlotDraw): Geometry {
  const place = (top: number, left: number, boxHeight: number, boxWidth: number): Geometry => ({
    box: [top, left, boxHeight, boxWidth],
    resized: [size, size],
    offset: [0, 0],
    filter: crop.interpolation,
  });
  const logRatio: readonly [number, number] = [log(crop.ratio[0]), log(crop.ratio[1])];
  for (let attempt = 0; attempt < CROP_TRIES; attempt++) {
    const slot = attempt * 4;
    const area = width * height * between(crop.scale, draw(slot));
    const aspect = exp(between(logRatio, draw(slot + 1)));
    const boxWidth = roundHalfEven(Math.sqrt(area * aspect));
    const boxHeight = roundHalfEven(Math.sqrt(area / aspect));
    if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height) {
      const top = Math.floor(draw(slot + 2) * (height - boxHeight + 1));
      const left = Math.floor(draw(slot + 3) * (width - boxWidth + 1));
      return place(top, left, boxHeight, boxWidth);
    }
  }
  const aspect = width / height;
  let boxWidth = width;
  let boxHeight = height;
  if (aspect < crop.ratio[0]) boxHeight = Math.max(1, roundHalfEven(width / crop.ratio[0]));
  else if (aspect > crop.ratio[1]) boxWidth = Math.max(1, roundHalfEven(height * crop.ratio[1]));
  return place(Math.floor((height - boxHeight) / 2), Math.floor((width - boxWidth) / 2), boxHeight, boxWidth);
}

/** ColorJitter: the order of the four operations is one of 24 (slot 1), then their factors (slots 2 to 5). */
function drawJitter(jitter: Jitter, draw: SlotDraw): ViewStep[] {
  const factor = (strength: number, slot: number) => between([Math.max(0, 1 - strength), 1 + strength], draw(slot));
  const all: ViewStep[] = [];
  if (jitter.brightness > 0) all.push({ op: 'brightness', factor: factor(jitter.brightness, 2) });
  if (jitter.contrast > 0) all.push({ op: 'contrast', factor: factor(jitter.contrast, 3) });
  if (jitter.saturation > 0) all.push({ op: 'saturation', factor: factor(jitter.saturation, 4) });
  if (jitter.hue > 0) all.push({ op: 'hue', factor: between([-jitter.hue, jitter.hue], draw(5)) });
  return permute(all, draw(1));
}

/** The permutation of rank ⌊u · n!⌋ in lexicographic order, so that each of the n! orders is as likely as any other. */
function permute<T>(items: readonly T[], u: number): T[] {
  const left = [...items];
  let orders = 1;
  for (let n = 2; n <= left.length; n++) orders *= n;
  let rank = Math.floor(u * orders);
  const ordered: T[] = [];
  while (left.length > 0) {
    orders /= left.length;
    ordered.push(...left.splice(Math.floor(rank / orders), 1));
    rank %= orders;
  }
  return ordered;
}

function between([low, high]: readonly [number, number], u: number): number {
  return low + (high - low) * u;
}

/** Python's `round`. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
