import type { Weights } from '../../src/models/family.js';
import type { RefTensor } from './safetensors.js';

/**
 * A checkpoint made from tensor names alone, the same bits as `test/golden/make/seeded_weights.py` gives. A tensor's `data`
 * is computed each time it is read, so that 344 MB never lie in memory at once.
 */
export interface SeededWeights extends Weights {
  readonly tensors: ReadonlyMap<string, RefTensor & { readonly data: Float32Array }>;
}

/** A tensor uniform on centre ± spread. */
export type Spec = readonly [name: string, shape: readonly number[], centre: number, spread: number];

/** ResNet-34, torchvision's names, 64 to 512 channels, no classifier. */
export const resnet34 = () => seeded('resnet34', resnet([3, 4, 6, 3], false));

/** ResNet-18 with the stem for images of 32 × 32, torchvision's names, no classifier. */
export const resnet18Cifar = () => seeded('resnet18Cifar', resnet([2, 2, 2, 2], false, 3));

/** ResNet-50, torchvision's names, no classifier. Another `salt` gives other values. */
export const resnet50 = (salt = '') => seeded('resnet50', resnet([3, 4, 6, 3], true), salt);

/** ViT-Base/16 for 224 pixels, timm's names, 12 heads, no classifier. Another `salt` gives other values. */
export const vitBase16 = (salt = '') => seeded('vitBase16', vit(768, 12, 16, 1 + 14 * 14, false), salt);

/** ViT-Tiny/4 for 32 pixels, timm's names, 3 heads, no classifier. */
export const vitTiny4 = () => seeded('vitTiny4', vit(192, 12, 4, 1 + 8 * 8, false));

/** The shape of DINOv2's ViT-S/14: LayerScale, positions for 37 × 37 patches, 6 heads, no registers. */
export const dinov2Small = () => seeded('dinov2Small', vit(384, 12, 14, 1 + 37 * 37, true));

/** Another `salt` gives other values. */
export function seeded(model: string, specs: Iterable<Spec>, salt = ''): SeededWeights {
  const tensors = new Map<string, RefTensor & { readonly data: Float32Array }>();
  for (const spec of specs) {
    const [name, shape] = spec;
    tensors.set(name, {
      shape,
      get data() {
        return valuesOf(spec, salt);
      },
    });
  }
  return { name: `${model}.safetensors`, tensors, readF32: async (name) => tensors.get(name)!.data };
}

/** Each value is rounded to float32, then to bfloat16 (both to nearest, ties to even). */
function valuesOf([name, shape, centre, spread]: Spec, salt: string): Float32Array {
  const data = new Float32Array(product(shape));
  const bits = new Uint32Array(data.buffer);
  const key = fnv1a32(salt + name);
  for (let i = 0; i < data.length; i++) {
    const u = (2 * (fmix32(Math.imul(i, 0x9e3779b1) ^ key) >>> 16) - 65535) / 65536;
    data[i] = centre + spread * u;
    bits[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) & 0xffff0000;
  }
  return data;
}

function fnv1a32(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h;
}

/** The finaliser of MurmurHash3. */
function fmix32(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function product(values: readonly number[]): number {
  return values.reduce((total, value) => total * value, 1);
}

/** Uniform around 0 with variance gain / fan-in. */
function weight(name: string, shape: readonly number[], gain: number): Spec {
  return [name, shape, 0, Math.sqrt((3 * gain) / product(shape.slice(1)))];
}

function* convNorm(conv: string, norm: string, shape: readonly number[], scale = 1): Generator<Spec> {
  const channels = [shape[0]!];
  yield weight(`${conv}.weight`, shape, 2);
  yield [`${norm}.weight`, channels, scale, scale / 2];
  yield [`${norm}.bias`, channels, 0, 0.35];
  yield [`${norm}.running_mean`, channels, 0, 0.5];
  yield [`${norm}.running_var`, channels, 1.15, 0.85];
}

/** A branch ends in a smaller scale, so that the stream does not grow from block to block. */
function* resnet(blocks: readonly number[], bottleneck: boolean, stem = 7): Generator<Spec> {
  yield* convNorm('conv1', 'bn1', [64, 3, stem, stem]);
  let channels = 64;
  for (const [stage, count] of blocks.entries()) {
    const width = 64 * 2 ** stage;
    const out = width * (bottleneck ? 4 : 1);
    for (let block = 0; block < count; block++) {
      const at = `layer${stage + 1}.${block}`;
      const first = bottleneck ? [[width, channels, 1, 1]] : [[width, channels, 3, 3]];
      const rest = bottleneck
        ? [
            [width, width, 3, 3],
            [out, width, 1, 1],
          ]
        : [[width, width, 3, 3]];
      const shapes = [...first, ...rest];
      for (const [k, shape] of shapes.entries())
        yield* convNorm(`${at}.conv${k + 1}`, `${at}.bn${k + 1}`, shape, k + 1 === shapes.length ? 0.4 : 1);
      if (block === 0 && (stage > 0 || channels !== out))
        yield* convNorm(`${at}.downsample.0`, `${at}.downsample.1`, [out, channels, 1, 1]);
      channels = out;
    }
  }
}

function* linear(name: string, out: number, channels: number, gain: number): Generator<Spec> {
  yield weight(`${name}.weight`, [out, channels], gain);
  yield [`${name}.bias`, [out], 0, 0.35];
}

function* layerNorm(name: string, dim: number): Generator<Spec> {
  yield [`${name}.weight`, [dim], 1, 0.4];
  yield [`${name}.bias`, [dim], 0, 0.35];
}

/** @param positions rows of the position table, class token included */
function* vit(dim: number, depth: number, patch: number, positions: number, layerScale: boolean): Generator<Spec> {
  yield ['cls_token', [1, 1, dim], 0, 0.9];
  yield ['pos_embed', [1, positions, dim], 0, 0.9];
  yield weight('patch_embed.proj.weight', [dim, 3, patch, patch], 1);
  yield ['patch_embed.proj.bias', [dim], 0, 0.35];
  for (let block = 0; block < depth; block++) {
    const at = `blocks.${block}`;
    yield* layerNorm(`${at}.norm1`, dim);
    yield* linear(`${at}.attn.qkv`, 3 * dim, dim, 2);
    yield* linear(`${at}.attn.proj`, dim, dim, 1);
    if (layerScale) yield [`${at}.ls1.gamma`, [dim], 0.6, 0.4];
    yield* layerNorm(`${at}.norm2`, dim);
    yield* linear(`${at}.mlp.fc1`, 4 * dim, dim, 1);
    yield* linear(`${at}.mlp.fc2`, dim, 4 * dim, 1);
    if (layerScale) yield [`${at}.ls2.gamma`, [dim], 0.6, 0.4];
  }
  yield* layerNorm('norm', dim);
}
