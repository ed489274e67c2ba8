/**
 * The metrics of "Localizing Memorization in SSL Vision Encoders" as the paper writes them and as its published scripts
 * compute them, in plain float64 and apart from `src/`. A feature is the whole output of a layer for one view.
 */

export type Features = readonly Float64Array[];

/** ‖a − b‖. */
export function euclidean(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0));
}

/** Of length 1, as the scripts make features; a zero vector stays. */
export function ofUnitLength(feature: Float64Array): Float64Array {
  const length = Math.sqrt(feature.reduce((sum, x) => sum + x * x, 0));
  return length === 0 ? feature : feature.map((x) => x / length);
}

/** The paper's expectation over two random views: the mean over all pairs of views. */
export function viewAgainstView(views: Features): number {
  const distances = views.flatMap((a, i) => views.slice(i + 1).map((b) => euclidean(a, b)));
  return average(distances);
}

/** The script's: the clean image against each view. */
export function cleanAgainstViews(clean: Float64Array, views: Features): number {
  return average(views.map((view) => euclidean(clean, view)));
}

/** Eq. 2. */
export function ratios(f: readonly number[], g: readonly number[]): number[] {
  return f.map((a, i) => (a + g[i]! === 0 ? 0 : (g[i]! - a) / (g[i]! + a)));
}

/** The script's: the difference over the width of the set's differences; zero and sign stay. */
export function overRange(f: readonly number[], g: readonly number[]): number[] {
  const differences = f.map((a, i) => g[i]! - a);
  const width = Math.max(...differences) - Math.min(...differences);
  return differences.map((difference) => (width === 0 ? 0 : difference / width));
}

/** μ of a unit for one image: the mean over views, then over positions. @param views each [positions][units] */
export function unitMean(views: Features, units: number, unit: number): number {
  return average(
    views.map((view) => {
      const positions = view.length / units;
      return average(Array.from({ length: positions }, (_, p) => view[p * units + unit]!));
    }),
  );
}

/** Eq. 6 to 8 with the mean of the others, or with their median as the script has it. A dead unit has 0. */
export function unitMem(means: readonly number[], rest: 'mean' | 'median'): number {
  const ascending = [...means].sort((a, b) => a - b);
  const highest = ascending.pop()!;
  const other = rest === 'mean' ? average(ascending) : middle(ascending);
  return highest + other === 0 ? 0 : (highest - other) / (highest + other);
}

/** numpy's median of ascending numbers. */
function middle(ascending: readonly number[]): number {
  const half = ascending.length / 2;
  return Number.isInteger(half) ? (ascending[half - 1]! + ascending[half]!) / 2 : ascending[Math.floor(half)]!;
}

export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Augmentations of the published scripts (metrics: §1.7): jitter [brightness, contrast, saturation, hue], chances. */
export const SCRIPT_SETS = {
  scores: { jitter: [0.8, 0.8, 0.8, 0.2], jitterChance: 0.8, flipChance: 0.5, grayChance: 0.2, views: 5 },
  // A flip of ½, applied at ½.
  units: { jitter: [0.9, 0.9, 0.9, 0.1], jitterChance: 0.9, flipChance: 0.5 * 0.5, grayChance: 0.1, views: 10 },
} as const;

/** The paper's sets (Appendix B) that the tool offers under its names. */
export const PAPER_SETS = {
  weak: { jitter: [0.9, 0.9, 0.9, 0.5], jitterChance: 0.4, flipChance: 0.5, grayChance: 0.1 },
  normal: { jitter: [0.8, 0.8, 0.8, 0.2], jitterChance: 0.8, flipChance: 1, grayChance: 0.2 },
  strong: { jitter: [0.8, 0.8, 0.8, 0.2], jitterChance: 0.9, flipChance: 1, grayChance: 0.5 },
} as const;
