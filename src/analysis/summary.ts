import type { Score } from '../metrics/sslmem.js';
import type { UnitRest } from '../metrics/unitmem.js';
import {
  type ImageFacts,
  type LayerResult,
  SET_NAMES,
  type SetScores,
  type UnitFacts,
  type Warning,
} from './result.js';
import { listImages } from './summary-images.js';
import { summarizeLayers } from './summary-layers.js';
import { topUnits } from './summary-units.js';
import { warningsOf } from './summary-warnings.js';

/** What the summary needs to know of a tapped node. */
export interface LayerFacts {
  readonly node: string;
  readonly label: string;
  readonly kind: string;
  readonly units: number;
  readonly shape: readonly number[];
  /** The node that Δ is taken against; Δ is null where it was not tapped. */
  readonly predecessor: string | null;
}

export interface SummaryOptions {
  readonly unitRest: UnitRest;
  readonly score: Score;
  /** Whether images had views to compare; without, there are no alignments and nothing that is made of them. */
  readonly compared: boolean;
  readonly confidence: number;
  readonly resamples: number;
  readonly seed: number;
  readonly views: number;
  /** Whether f and g are the same file, or the same weights in two. */
  readonly sameEncoder: boolean;
}

export interface Summary {
  readonly layers: readonly LayerResult[];
  readonly images: readonly ImageFacts[];
  readonly units: readonly UnitFacts[];
  readonly warnings: readonly Warning[];
}

/**
 * The part of a report that follows from scores alone. Pure, f64; equal scores and options give equal bits.
 * @param sets At least one, each with the same layers as `layers`, in the same order.
 * @param layers In order of execution; the last one is the headline layer.
 */
export function summarize(sets: readonly SetScores[], layers: readonly LayerFacts[], options: SummaryOptions): Summary {
  const ordered = SET_NAMES.flatMap((name) => sets.filter((scores) => scores.set === name));
  const results = summarizeLayers(ordered, layers, options);
  const [first] = ordered;
  const units = first === undefined ? [] : topUnits(first, layers, options.unitRest);
  const images = first === undefined ? [] : listImages(first, units);
  return { layers: results, images, units, warnings: warningsOf(ordered, results, options) };
}
