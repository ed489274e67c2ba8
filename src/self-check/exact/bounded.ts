/**
 * What the answers are made of: a value in float64, and by how much a correct float32 computation from the same numbers may
 * be off. Bounds hold for every order of summation, with and without fused multiplication and addition (Higham 2002, §3.1).
 */
export interface Bounded {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** Half of an ulp of float32, relative: what one rounding may change. */
export const UNIT = 2 ** -24;
/** WGSL allows 2.5 ulp for a division, 2 for an inverse square root, and a square root as 1 over it (§15.7.4.1). */
export const DIVISION = 5 * UNIT;
const SQUARE_ROOT = 9 * UNIT;
export const INVERSE_ROOT = DIVISION + SQUARE_ROOT;
/** Of shaders/lib/exp.wgsl: 0.98 ulp as written, 1.8 where a driver regards sums as associative. */
export const EXPONENTIAL = 4 * UNIT;

/** What n roundings in a row may change, relative to the sum of the magnitudes. */
export function roundings(n: number): number {
  return (n * UNIT) / (1 - n * UNIT);
}

/** The bound on a value that is rounded once more. */
export function rounded(value: number, error: number): number {
  return error + UNIT * (Math.abs(value) + error);
}

export function bounded(length: number): Bounded {
  return { values: new Float64Array(length), errors: new Float64Array(length) };
}

/** Values that are moved and not computed. */
export function unchanged(values: ArrayLike<number>): Bounded {
  return { values: Float64Array.from(values), errors: new Float64Array(values.length) };
}
