/** 2/√π · Σ (−1)ⁿ x^(2n + 1) / (n! (2n + 1)); beyond 3, where the terms cancel, 1 − erfc. Off by at most 1e-11. */
export function erf(x: number): number {
  if (Math.abs(x) > 3) return Math.sign(x) * (1 - erfcBeyond3(Math.abs(x)));
  let power = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    power *= -(x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** 1 − erf x by its continued fraction. */
function erfcBeyond3(x: number): number {
  let tail = x;
  for (let k = 60; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}
