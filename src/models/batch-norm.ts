import { firstNonFinite } from '../checkpoints/finite.js';
import { MemgpuError } from '../errors.js';
import type { Recipe } from './recipe.js';

/** The tensors of a batch normalisation in evaluation mode, in PyTorch's names. */
export const NORM_PARTS = ['weight', 'bias', 'running_mean', 'running_var'] as const;

/**
 * Batch normalisation in evaluation mode as x·scale + shift: scale = weight / √(variance + eps),
 * shift = bias − mean·scale, in float64, then rounded to f32. Makes `NORM.scale` and `NORM.shift`.
 *
 * Computing throws NON_FINITE where a variance is negative or a result leaves f32.
 */
export function batchNorm(norm: string, channels: number, eps: number): Recipe {
  return {
    makes: [`${norm}.scale`, `${norm}.shift`],
    from: NORM_PARTS.map((part) => ({ tensor: `${norm}.${part}`, shape: [channels] })),
    compute([weight, bias, mean, variance], names) {
      const name = names[3]!;
      const negative = variance!.findIndex((value) => value < 0);
      if (negative >= 0)
        throw new MemgpuError(
          'NON_FINITE',
          `${name}[${negative}] is ${variance![negative]}; a variance is never negative`,
        );
      const exact = Float64Array.from(weight!, (value, c) => value / Math.sqrt(variance![c]! + eps));
      const scale = Float32Array.from(exact);
      const shift = Float32Array.from(bias!, (value, c) => value - mean![c]! * exact[c]!);
      const bad = Math.max(firstNonFinite(scale), firstNonFinite(shift));
      if (bad >= 0)
        throw new MemgpuError('NON_FINITE', `${name}[${bad}] is ${variance![bad]}: normalising by it leaves f32`);
      return [scale, shift];
    },
  };
}
