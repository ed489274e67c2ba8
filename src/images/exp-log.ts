/**
 * exp and log in float64 from + − × ÷ alone. `Math.exp` and `Math.log` may differ in the last bit between JavaScript
 * engines; crop boxes and blur weights drawn with these are the same everywhere. Error below 1 ulp over the domains
 * given (test/images/exp-log.test.ts).
 */

/** ln 2 in two parts; the first has 32 trailing zero bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const word = new DataView(new ArrayBuffer(8));

/** 2^k for −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  word.setUint32(0, (k + 1023) << 20);
  word.setUint32(4, 0);
  return word.getFloat64(0);
}

/** 1/2! … 1/13!, the highest first: the Taylor series of (eʳ − 1 − r)/r² on |r| ≤ ln 2 / 2. */
const EXP_TERMS: readonly number[] = (() => {
  const terms: number[] = [];
  let factorial = 1;
  for (let n = 2; n <= 13; n++) {
    factorial *= n;
    terms.unshift(1 / factorial);
  }
  return terms;
})();

/** eˣ for x ≤ 709; 0 below −708, where the result would be subnormal. */
export function exp(x: number): number {
  if (x < -708) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 0;
  for (const term of EXP_TERMS) series = series * r + term;
  return (1 + (r + r * r * series)) * powerOfTwo(k);
}

/** Natural logarithm of a normal number x > 0. */
export function log(x: number): number {
  word.setFloat64(0, x);
  const high = word.getUint32(0);
  let k = (high >>> 20) - 1023;
  word.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let mantissa = word.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    k += 1;
  }
  // ln(1 + f) = 2 atanh(s) = f − s (f − R) with s = f / (2 + f) and R = Σ 2 s^(2n) / (2n + 1).
  const f = mantissa - 1;
  const s = f / (2 + f);
  const square = s * s;
  let series = 0;
  for (let n = 11; n >= 1; n--) series = (series + 2 / (2 * n + 1)) * square;
  return k * LN2_HIGH + (f - (s * (f - series) - k * LN2_LOW));
}
