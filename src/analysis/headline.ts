import { type Contrast, type LayerResult, SET_NAMES, type SetName } from './result.js';

/** Sets that are present, in the order in which they are shown. */
export function presentSets(sets: Readonly<Partial<Record<SetName, unknown>>>): SetName[] {
  return SET_NAMES.filter((name) => sets[name] !== undefined);
}

/** The contrast that leads: the first set against external images; null where there are no two such sets. */
export function leadingContrast(layer: LayerResult): Contrast | null {
  return layer.contrasts.find((contrast) => contrast.b === 'external') ?? null;
}

/** What an interval says of memory: `shown` lies above 0, `none` contains 0, `reversed` lies below it. */
export type Verdict = 'shown' | 'none' | 'reversed';

export function verdict(contrast: Contrast): Verdict {
  const [low, high] = contrast.interval;
  if (low > 0) return 'shown';
  return high < 0 ? 'reversed' : 'none';
}

/**
 * Whether no image's views differ at a layer, in either encoder: the class token before the first attention is the same
 * whatever the picture. Distances are never below 0, so a mean of 0 is 0 for every image.
 */
export function viewsNeverDiffer({ sets, contrasts }: LayerResult): boolean {
  const found = Object.values(sets);
  return contrasts.length > 0 && found.every(({ alignment, layermem }) => alignment === 0 && !layermem);
}

/** Nodes that the paper calls units (after ReLU; a transformer's fully connected layers). */
export function hasHeadlineUnits(layer: { readonly node: string; readonly kind: string }): boolean {
  return layer.kind === 'relu' || /(^|\.)mlp(\.act)?$/.test(layer.node);
}
