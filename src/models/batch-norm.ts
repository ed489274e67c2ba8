import { firstNonFinite } from '../checkpoints/finite.js';
import { MemgpuError } from '../errors.js';
import type { Note, Weights } from './family.js';
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
    untrained: ([, , mean, variance]) => mean!.every((x) => x === 0) && variance!.every((x) => x === 1),
  };
}

/**
 * What speaks against the statistics of a file's batch normalisations: running means that are all 0 with variances that
 * are all 1, as PyTorch begins, or counters of training batches that are 0, which converted files have too.
 * @param norms each normalisation's `running_mean` by its name in the file, and whether its statistics are the first ones
 * @returns a note, or none
 */
export async function untrainedNorms(
  weights: Weights,
  norms: readonly { readonly mean: string; readonly untrained: boolean }[],
): Promise<readonly Note[]> {
  const first = norms.filter(({ untrained }) => untrained).length;
  if (first > 0)
    return [
      {
        code: 'BATCH_NORM_UNTRAINED',
        value: first,
        message: `${first} of ${norms.length} BatchNorm layers have running means of 0 and variances of 1, as before training: every number describes a network without its statistics. Save the state dict after training, buffers included.`,
      },
    ];
  let zero = 0;
  for (const { mean } of norms) {
    const counter = mean.replace(/running_mean$/, 'num_batches_tracked');
    if (!weights.tensors.has(counter)) continue;
    if ((await weights.readF32(counter)).every((batches) => batches === 0)) zero += 1;
  }
  if (zero === 0) return [];
  return [
    {
      code: 'BATCH_NORM_UNTRAINED',
      value: zero,
      message: `${zero} of ${norms.length} BatchNorm layers have counted 0 batches of training (num_batches_tracked): check that their statistics are the trained ones. A file converted from another framework may count none.`,
    },
  ];
}
