import type { RefTensor } from './safetensors.js';
import { uniform } from './tiny-resnet9.js';

/** A small Vision Transformer, in timm's terms; what is left out is as in ViT-B/16 without its classifier. */
export interface TinyViT {
  readonly width: number;
  readonly depth: number;
  readonly patch: number;
  /** Patches in a row. */
  readonly side: number;
  readonly hidden?: number;
  readonly registers?: number;
  readonly classToken?: boolean;
  /** Which tokens have positions: the class token and the patches (default), the patches, or registers as well. */
  readonly positions?: 'class' | 'patches' | 'all';
  readonly qkvBias?: boolean;
  readonly layerScale?: boolean;
  readonly swiglu?: boolean;
  readonly classes?: number;
  /** A norm for the mean of the patches instead of one for all tokens. */
  readonly fcNorm?: boolean;
}

/** Random tensors of a Vision Transformer under timm's names. Equal arguments give equal values. */
export function tinyViTTensors(seed: number, vit: TinyViT): Map<string, RefTensor & { readonly data: Float32Array }> {
  const { width, depth, patch, side, hidden = 4 * width, registers = 0, classToken = true } = vit;
  const { positions = 'class', qkvBias = true, layerScale = false, swiglu = false, classes, fcNorm = false } = vit;
  const random = uniform(seed);
  const tensors = new Map<string, RefTensor & { readonly data: Float32Array }>();
  const put = (name: string, shape: readonly number[], centre: number, spread: number) => {
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, data: Float32Array.from({ length }, () => centre + spread * (2 * random() - 1)) });
  };
  const linear = (name: string, out: number, inputs: number, bias = true) => {
    put(`${name}.weight`, [out, inputs], 0, Math.sqrt(3 / inputs));
    if (bias) put(`${name}.bias`, [out], 0, 0.3);
  };
  const norm = (name: string) => {
    put(`${name}.weight`, [width], 1, 0.4);
    put(`${name}.bias`, [width], 0, 0.3);
  };
  const leading = { class: classToken ? 1 : 0, patches: 0, all: (classToken ? 1 : 0) + registers }[positions];
  if (classToken) put('cls_token', [1, 1, width], 0, 0.8);
  put('pos_embed', [1, leading + side * side, width], 0, 0.8);
  if (registers > 0) put('reg_token', [1, registers, width], 0, 0.8);
  put('patch_embed.proj.weight', [width, 3, patch, patch], 0, 1 / patch);
  put('patch_embed.proj.bias', [width], 0, 0.3);
  for (let n = 0; n < depth; n++) {
    const at = `blocks.${n}`;
    norm(`${at}.norm1`);
    linear(`${at}.attn.qkv`, 3 * width, width, qkvBias);
    linear(`${at}.attn.proj`, width, width);
    if (layerScale) put(`${at}.ls1.gamma`, [width], 0.6, 0.4);
    norm(`${at}.norm2`);
    linear(`${at}.mlp.fc1`, swiglu ? 2 * hidden : hidden, width);
    linear(`${at}.mlp.fc2`, width, hidden);
    if (layerScale) put(`${at}.ls2.gamma`, [width], 0.6, 0.4);
  }
  norm(fcNorm ? 'fc_norm' : 'norm');
  if (classes !== undefined) linear('head', classes, width);
  return tensors;
}
