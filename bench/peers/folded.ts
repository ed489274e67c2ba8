import type { SeededWeights } from '../../test/reference/seeded-weights.js';
import { NORM_EPS } from './jobs.js';

/** A convolution with the batch normalisation behind it folded in, as exporters do. */
export interface FoldedConv {
  /** [out, in, kernel, kernel] */
  readonly shape: readonly number[];
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Computed in float64, rounded once. */
export function foldNorm({ tensors }: SeededWeights, conv: string, norm: string): FoldedConv {
  const { shape, data } = tensors.get(`${conv}.weight`)!;
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (part) => tensors.get(`${norm}.${part}`)!.data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scale = Float64Array.from(gamma, (value, o) => value / Math.sqrt(variance[o]! + NORM_EPS));
  const each = data.length / scale.length;
  return {
    shape,
    weight: data.map((value, i) => value * scale[Math.floor(i / each)]!),
    bias: Float32Array.from(scale, (value, o) => beta[o]! - mean[o]! * value),
  };
}

/** ResNet-18's convolutions in order: `conv1`, then of each block `conv1`, `conv2` and, where there is one, `downsample`. */
export function foldedResNet18(weights: SeededWeights): {
  readonly stem: FoldedConv;
  readonly blocks: readonly {
    readonly stride: number;
    readonly conv1: FoldedConv;
    readonly conv2: FoldedConv;
    readonly downsample: FoldedConv | null;
  }[];
} {
  const blocks = [1, 2, 3, 4].flatMap((stage) =>
    [0, 1].map((n) => {
      const at = `layer${stage}.${n}`;
      const shortcut = weights.tensors.has(`${at}.downsample.0.weight`);
      return {
        stride: stage > 1 && n === 0 ? 2 : 1,
        conv1: foldNorm(weights, `${at}.conv1`, `${at}.bn1`),
        conv2: foldNorm(weights, `${at}.conv2`, `${at}.bn2`),
        downsample: shortcut ? foldNorm(weights, `${at}.downsample.0`, `${at}.downsample.1`) : null,
      };
    }),
  );
  return { stem: foldNorm(weights, 'conv1', 'bn1'), blocks };
}
