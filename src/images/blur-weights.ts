import { exp } from './exp-log.js';

/**
 * Half of a Gaussian kernel, from its centre outwards, as torchvision samples it: exp(−½ (x/σ)²) at whole pixels,
 * divided by the sum over the whole kernel.
 * @param kernel odd width in pixels
 * @param sigma in pixels
 * @returns (kernel + 1) / 2 weights
 */
export function blurWeights(kernel: number, sigma: number): number[] {
  const half = Array.from({ length: (kernel + 1) / 2 }, (_, x) => exp(-0.5 * (x / sigma) * (x / sigma)));
  const total = half.reduce((sum, weight, x) => sum + (x === 0 ? weight : 2 * weight), 0);
  return half.map((weight) => weight / total);
}
