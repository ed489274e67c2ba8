/** What transformers compute besides products, by the definitions. Tokens are [views][tokens][channels]. */
import { type Bounded, bounded, DIVISION, EXPONENTIAL, INVERSE_ROOT, rounded, roundings, UNIT } from './bounded.js';

/** (x − mean) / √(variance + eps) · weight + bias over the channels of each row. */
export function layerNorm(
  input: ArrayLike<number>,
  channels: number,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  eps: number,
): Bounded {
  const result = bounded(input.length);
  for (let first = 0; first < input.length; first += channels) {
    const row = Array.from({ length: channels }, (_, c) => input[first + c]!);
    const sum = (of: (x: number) => number) => row.reduce((total, x) => total + of(x), 0);
    const mean = sum((x) => x) / channels;
    const ofMean = ((roundings(channels) + DIVISION) * sum(Math.abs)) / channels;
    const spread = sum((x) => (x - mean) ** 2) / channels + eps;
    const deviation = (x: number) => rounded(x - mean, ofMean);
    const ofSpread =
      sum((x) => (2 * Math.abs(x - mean) + deviation(x)) * deviation(x)) / channels +
      (roundings(channels + 2) + DIVISION) * spread;
    const scale = 1 / Math.sqrt(spread);
    const ofScale = ofSpread / spread / 2 + INVERSE_ROOT;
    row.forEach((x, c) => {
      const normal = (x - mean) * scale;
      const ofNormal = deviation(x) * scale + Math.abs(normal) * (ofScale + UNIT);
      result.values[first + c] = normal * weight[c]! + bias[c]!;
      result.errors[first + c] =
        ofNormal * Math.abs(weight[c]!) + roundings(2) * (Math.abs(normal * weight[c]!) + Math.abs(bias[c]!));
    });
  }
  return result;
}

/** exp(x − max) / Σ exp(x − max) over the columns of each row. @param errors what the scores may be off by already */
export function softmax({ values, errors }: Bounded, columns: number): Bounded {
  const result = bounded(values.length);
  for (let first = 0; first < values.length; first += columns) {
    const row = values.subarray(first, first + columns);
    const most = Math.max(...row);
    const slack = Math.max(...errors.subarray(first, first + columns));
    const powers = row.map((x) => Math.exp(x - most));
    const total = powers.reduce((a, b) => a + b, 0);
    // A difference that is off by d makes its exponential off by e^d − 1.
    const ofPower = Array.from(row, (x) => Math.expm1(2 * slack + UNIT * (most - x)) + EXPONENTIAL);
    const ofTotal = powers.reduce((sum, power, c) => sum + power * ofPower[c]!, 0) / total + roundings(columns);
    powers.forEach((power, c) => {
      result.values[first + c] = power / total;
      result.errors[first + c] = (power / total) * (ofPower[c]! + ofTotal + DIVISION) * (1 + 1e-3);
    });
  }
  return result;
}

export interface HeadsShape {
  readonly views: number;
  readonly tokens: number;
  readonly heads: number;
  readonly channels: number;
}

/** q·kᵀ / √(channels per head): [views][heads][tokens][tokens]. @param qkv [views][tokens][3 · channels] */
export function attentionScores({ views, tokens, heads, channels }: HeadsShape, qkv: ArrayLike<number>): Bounded {
  const size = channels / heads;
  const result = bounded(views * heads * tokens * tokens);
  let at = 0;
  for (let view = 0; view < views; view++)
    for (let head = 0; head < heads; head++)
      for (let i = 0; i < tokens; i++)
        for (let j = 0; j < tokens; j++, at++) {
          const query = (view * tokens + i) * 3 * channels + head * size;
          const key = (view * tokens + j) * 3 * channels + channels + head * size;
          let [sum, magnitude] = [0, 0];
          for (let c = 0; c < size; c++) {
            sum += qkv[query + c]! * qkv[key + c]!;
            magnitude += Math.abs(qkv[query + c]! * qkv[key + c]!);
          }
          result.values[at] = sum / Math.sqrt(size);
          result.errors[at] = (roundings(size + 2) * magnitude) / Math.sqrt(size);
        }
  return result;
}

/** Σ_j p[i, j] · v[j]: [views][tokens][channels]. @param p as `attentionScores` gives its scores */
export function attentionValues(
  { views, tokens, heads, channels }: HeadsShape,
  p: Bounded,
  qkv: ArrayLike<number>,
): Bounded {
  const size = channels / heads;
  const result = bounded(views * tokens * channels);
  let at = 0;
  for (let view = 0; view < views; view++)
    for (let i = 0; i < tokens; i++)
      for (let c = 0; c < channels; c++, at++) {
        const row = ((view * heads + Math.floor(c / size)) * tokens + i) * tokens;
        let [sum, error] = [0, 0];
        for (let j = 0; j < tokens; j++) {
          const value = qkv[(view * tokens + j) * 3 * channels + 2 * channels + c]!;
          sum += p.values[row + j]! * value;
          error += (p.errors[row + j]! + roundings(tokens) * p.values[row + j]!) * Math.abs(value);
        }
        result.values[at] = sum;
        result.errors[at] = error;
      }
  return result;
}

/** a / (1 + e^−a) · b of rows [a | b] of 2 · channels. */
export function swiglu(input: ArrayLike<number>, channels: number): Bounded {
  const result = bounded(input.length / 2);
  result.values.forEach((_, i) => {
    const at = Math.floor(i / channels) * 2 * channels + (i % channels);
    const value = (input[at]! / (1 + Math.exp(-input[at]!))) * input[at + channels]!;
    result.values[i] = value;
    // The exponential stands above and below the division; a sum and two products.
    result.errors[i] = Math.abs(value) * (2 * EXPONENTIAL + roundings(3) + DIVISION);
  });
  return result;
}

/**
 * The rows of a table, then the patches, plus the rows that follow where there are `positions`.
 * @param table [prefix (+ patches)][channels]
 */
export function tokenRows(
  { patches, prefix, channels }: { readonly patches: number; readonly prefix: number; readonly channels: number },
  positions: boolean,
  input: ArrayLike<number>,
  table: ArrayLike<number>,
): Bounded {
  const views = input.length / (patches * channels);
  const length = (prefix + patches) * channels;
  const result = bounded(views * length);
  result.values.forEach((_, i) => {
    const at = i % length;
    const inPatches = at - prefix * channels;
    if (inPatches < 0) result.values[i] = table[at]!;
    else {
      const patch = input[Math.floor(i / length) * patches * channels + inPatches]!;
      result.values[i] = positions ? patch + table[at]! : patch;
      result.errors[i] = positions ? rounded(result.values[i]!, 0) : 0;
    }
  });
  return result;
}
