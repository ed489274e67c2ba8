import { firstNonFinite } from '../checkpoints/finite.js';
import { MemgpuError } from '../errors.js';
import type { TensorShapes } from './family.js';
import type { Recipe } from './recipe.js';

/** How many trained numbers stand behind tensors of the file. */
export function numbersIn(shapes: TensorShapes, tensors: readonly string[]): number {
  return tensors.reduce((sum, name) => sum + (shapes.of(name) ?? [0]).reduce((a, b) => a * b, 1), 0);
}

/**
 * Queries, keys and values of block `at` as one matrix [3·D, D] and one bias [3·D], from separate tensors. Where a bias
 * exists for some of them only (BEiT has none for the keys), the others' is 0.
 */
export function joinedAttention(at: string, width: number, shapes: TensorShapes): readonly Recipe[] {
  const parts = ['q', 'k', 'v'].map((part) => `${at}.attn.${part}`);
  const recipes: Recipe[] = [];
  if (shapes.of(`${at}.attn.qkv.weight`) === undefined)
    recipes.push({
      makes: [`${at}.attn.qkv.weight`],
      from: parts.map((part) => ({ tensor: `${part}.weight`, shape: [width, width] })),
      compute: (values) => [joined(values, width * width)],
    });
  const biases = parts.map((part) => `${part}.bias`);
  const stored = biases.filter((bias) => shapes.of(bias) !== undefined);
  if (stored.length > 0)
    recipes.push({
      makes: [`${at}.attn.qkv.bias`],
      from: stored.map((tensor) => ({ tensor, shape: [width] })),
      compute: (values) => [
        joined(
          biases.map((bias) => values[stored.indexOf(bias)]),
          width,
        ),
      ],
    });
  return recipes;
}

/** Undefined stands for zeros. */
function joined(parts: readonly (Float32Array | undefined)[], length: number): Float32Array {
  const whole = new Float32Array(parts.length * length);
  parts.forEach((part, i) => {
    if (part) whole.set(part, i * length);
  });
  return whole;
}

/**
 * LayerScale y·γ folded into the linear layer before it: weight [D, inputs] and bias [D], each row times its γ.
 *
 * Computing throws NON_FINITE where a product leaves f32.
 */
export function scaledLinear(linear: string, gamma: string, width: number, inputs: number): Recipe {
  const [weight, bias] = [`${linear}.weight`, `${linear}.bias`];
  return {
    makes: [weight, bias],
    from: [
      { tensor: weight, shape: [width, inputs] },
      { tensor: bias, shape: [width] },
      { tensor: gamma, shape: [width] },
    ],
    // The product of two f32 is exact in float64.
    compute: ([w, b, g], names) =>
      [w!, b!].map((values, part) => {
        const rowLength = part === 0 ? inputs : 1;
        const scaled = values.map((value, i) => value * g![Math.floor(i / rowLength)]!);
        const bad = firstNonFinite(scaled);
        if (bad >= 0) {
          const row = Math.floor(bad / rowLength);
          throw new MemgpuError(
            'NON_FINITE',
            `${names[part]}[${bad}] is ${values[bad]}: scaling it by ${names[2]}[${row}], ${g![row]}, leaves f32`,
          );
        }
        return scaled;
      }),
  };
}
