import { firstNonFinite } from '../checkpoints/finite.js';
import { MemgpuError } from '../errors.js';

/** The tensors of a batch normalisation in evaluation mode, in PyTorch's names. */
export const NORM_PARTS = ['weight', 'bias', 'running_mean', 'running_var'] as const;

/** The normalisation that a parameter `X.scale` belongs to: `X`. */
export function normOf(scale: string): string {
  return scale.slice(0, -'.scale'.length);
}

/**
 * Batch normalisation in evaluation mode as x·scale + shift: scale = weight / √(variance + eps),
 * shift = bias − mean·scale, in float64, then rounded to f32.
 *
 * @param name of the variance, for messages.
 * @throws NON_FINITE where a variance is negative or a result leaves f32.
 */
export function foldBatchNorm(
  name: string,
  norm: Readonly<Record<'weight' | 'bias' | 'mean' | 'variance', Float32Array>>,
  eps: number,
): { scale: Float32Array; shift: Float32Array } {
  const negative = norm.variance.findIndex((value) => value < 0);
  if (negative >= 0)
    throw new MemgpuError(
      'NON_FINITE',
      `${name}[${negative}] is ${norm.variance[negative]}; a variance is never negative`,
    );
  const exact = Float64Array.from(norm.weight, (weight, c) => weight / Math.sqrt(norm.variance[c]! + eps));
  const scale = Float32Array.from(exact);
  const shift = Float32Array.from(norm.bias, (bias, c) => bias - norm.mean[c]! * exact[c]!);
  const bad = Math.max(firstNonFinite(scale), firstNonFinite(shift));
  if (bad >= 0)
    throw new MemgpuError('NON_FINITE', `${name}[${bad}] is ${norm.variance[bad]}: normalising by it leaves f32`);
  return { scale, shift };
}
