import type { ModelOptions } from './load.js';

/** What a checkpoint cannot tell, as the command line and the page explain it: what stands for the value, and the text. */
export const MODEL_OPTION_TEXTS: Readonly<
  Record<keyof ModelOptions, { readonly value: string; readonly text: string }>
> = {
  heads: { value: 'N', text: 'attention heads of a transformer (default: by its width)' },
  stem: {
    value: 'imagenet|cifar',
    text: 'first layers of a ResNet: 7x7 with pooling, or 3x3 without (default: by its weights)',
  },
  stride: { value: '3x3|1x1', text: 'which convolution of a ResNet bottleneck takes the stride (default: 3x3)' },
  origin: { value: 'NAME', text: 'whose code trained it, where several share its names: DINO, MAE, timm ...' },
  size: { value: 'PIXELS', text: "side of the encoder's input (default: the family's)" },
  norm: {
    value: 'NAME|M,M,M/S,S,S',
    text: "imagenet, half, none, or means and deviations (default: the family's)",
  },
  eps: { value: 'X', text: "epsilon of its normalisations (default: the family's)" },
};

export type ModelOptionName = keyof typeof MODEL_OPTION_TEXTS;
export const MODEL_OPTION_NAMES = Object.keys(MODEL_OPTION_TEXTS) as ModelOptionName[];

/** Those whose values are numbers. */
export const MODEL_NUMBERS: readonly ModelOptionName[] = ['heads', 'size', 'eps'];
