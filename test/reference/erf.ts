/** 2/√π. */
const SCALE = 2 / Math.sqrt(Math.PI);

/** The error function in float64: for |x| < 2 its series of positive terms, beyond by `erfc`. Error below 1e-15. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a >= 2) return Math.sign(x) * (1 - erfc(a));
  // erf x = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n + 1)!!
  let term = a;
  let sum = 0;
  for (let n = 0; sum + term !== sum; n++) {
    sum += term;
    term *= (2 * a * a) / (2 * n + 3);
  }
  return Math.sign(x) * SCALE * Math.exp(-a * a) * sum;
}

/** 1 − erf x without cancellation: its continued fraction from x = 2 on. */
export function erfc(x: number): number {
  if (x < 2) return 1 - erf(x);
  // erfc x = e^(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …))))
  let tail = x;
  for (let k = 120; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

/** x/2 · (1 + erf(x / √2)), exact to rounding in both tails. */
export function gelu(x: number): number {
  return (x / 2) * (x < 0 ? erfc(-x / Math.SQRT2) : 1 + erf(x / Math.SQRT2));
}
