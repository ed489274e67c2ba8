import { MemgpuError } from '../errors.js';

/** How an image becomes an encoder's input: RGB / 255, cut to size × size, then (x − mean) / std per channel. */
export interface Preprocessing {
  /** Side of the input, in pixels. */
  readonly size: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly interpolation: 'bilinear' | 'bicubic';
  /** Shorter side before the centre is cut out, where that is more than `size`. */
  readonly resize?: number;
}

type Normalization = Pick<Preprocessing, 'mean' | 'std'>;

/** Statistics of ImageNet, and of CIFAR-10. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const CIFAR10 = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] } as const;

/** How convolutional networks are shown photographs, and images of 32 × 32. */
export const PHOTOGRAPHS = { size: 224, ...IMAGENET, interpolation: 'bilinear', resize: 256 } as const;
export const SMALL_IMAGES = { size: 32, ...CIFAR10, interpolation: 'bilinear' } as const;

const NAMED = {
  imagenet: IMAGENET,
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  none: { mean: [0, 0, 0], std: [1, 1, 1] },
} as const satisfies Record<string, Normalization>;

/**
 * Reads the option `norm`: `imagenet`, `half`, `none`, or three means and three deviations as `M,M,M/S,S,S`.
 * @throws BAD_OPTION on anything else, and where a deviation is not positive.
 */
export function parseNormalization(text: string): Normalization {
  if (Object.hasOwn(NAMED, text)) return NAMED[text as keyof typeof NAMED];
  const [mean, std, ...rest] = text.split('/').map(triple);
  if (!mean || !std || rest.length > 0 || std.some((value) => value <= 0))
    throw new MemgpuError('BAD_OPTION', `norm '${text}' is not a normalisation`, {
      hint: "Use imagenet, half, none, or 'M,M,M/S,S,S' with positive S, on a scale where white is 1.",
    });
  return { mean, std };
}

function triple(text: string): [number, number, number] | undefined {
  const parts = text.split(',');
  const [a, b, c] = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return parts.length === 3 && [a, b, c].every(Number.isFinite) ? [a!, b!, c!] : undefined;
}
