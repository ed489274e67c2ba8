import { readGolden } from '../read-golden.js';
import { type RefTensor, readSafetensors } from './safetensors.js';

/** What PyTorch computed in float64 at one node of a large encoder, for two images. */
export interface SampledNode {
  /** Without the images: [C, H, W], [tokens, D], [heads, tokens, tokens], [D]. */
  readonly shape: readonly number[];
  /** Positions of the 64 values in that shape, row-major. */
  readonly at: Int32Array;
  /** By image, then by position. */
  readonly values: readonly [Float32Array, Float32Array];
  /** Largest absolute value, by image. */
  readonly largest: readonly [number, number];
}

/** An encoder of `seeded-weights.ts` on the two photographs: its nodes in order of execution. */
export async function sampledNodes(
  model: 'resnet34' | 'resnet50' | 'vitBase16' | 'dinov2Small',
): Promise<Map<string, SampledNode>> {
  const tensors = readSafetensors(await readGolden(`large/${model}.safetensors`));
  const nodes = new Map<string, SampledNode>();
  for (const [key, { data: shape }] of tensors) {
    if (!key.startsWith('shape/')) continue;
    const name = key.slice('shape/'.length);
    const at = tensors.get(`at/${name}`)!.data as Int32Array;
    const values = tensors.get(`value/${name}`)!.data as Float32Array;
    const [first, second] = tensors.get(`largest/${name}`)!.data;
    nodes.set(name, {
      shape: [...shape],
      at,
      values: [values.slice(0, at.length), values.slice(at.length)],
      largest: [first!, second!],
    });
  }
  return nodes;
}

/**
 * The two photographs that these encoders saw, [2, 3, 224, 224] with ImageNet's normalisation; every step is rounded to
 * f32, as PyTorch does, so both sides see the same bits.
 */
export async function photographs(): Promise<RefTensor & { readonly data: Float32Array }> {
  const { shape, data } = readSafetensors(await readGolden('large/crops.safetensors')).get('pixels')!;
  const mean = [0.485, 0.456, 0.406].map(Math.fround);
  const std = [0.229, 0.224, 0.225].map(Math.fround);
  const area = shape[2]! * shape[3]!;
  const normalized = Float32Array.from(data, (byte, i) => {
    const c = Math.floor(i / area) % 3;
    return Math.fround(Math.fround(byte / 255) - mean[c]!) / std[c]!;
  });
  return { shape, data: normalized };
}
