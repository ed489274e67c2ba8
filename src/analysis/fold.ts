import type { AdapterFacts } from '../gpu/gpu.js';
import type { Precision } from '../kernels/design.js';
import { joinRecords } from './join-records.js';
import type { AnalysisOptions } from './options.js';
import type { KeptRecord } from './pass.js';
import type { PrecisionSample } from './precision-error.js';
import type { PrecisionError, SetName, SetScores } from './result.js';
import { SET_NAMES } from './result.js';
import { scoreSet } from './scores.js';
import { type LayerFacts, type Summary, summarize } from './summary.js';

/** What must be known of a run to fold its records, beside its options: plain data, so that it can be kept with them. */
export interface FoldFacts {
  readonly layers: readonly LayerFacts[];
  /** The taps that the option `tokens` leaves as they are, in words. */
  readonly wholeNodes: string;
  /** Of both encoders. */
  readonly precision: Precision;
  /** Per image, as a report says it. */
  readonly views: number;
  /** Whether images had views to compare with each other. */
  readonly compared: boolean;
  /** Names of labels. */
  readonly classes: Readonly<Partial<Record<SetName, readonly string[]>>>;
  /** What g is: none, another file than f, or the same one. */
  readonly reference: 'none' | 'another' | 'same file';
}

/** Records folded to scores, and these to a summary. */
export interface Folded extends Summary {
  readonly scores: readonly SetScores[];
  /** Null where the precision is f32. */
  readonly precision: PrecisionError | null;
  /** Each adapter that measured a chunk, once. */
  readonly adapters: readonly AdapterFacts[];
  /** Pictures that were met before, in the same or another set. */
  readonly repeated: number;
}

/**
 * Folds the chunks of a run, in order, node by node, in f64: whoever measured them, and in whatever order, the same
 * records give the same bits.
 * @param records of every chunk, in order of their numbers; their layers are taken out of them
 * @param sample of the precision, where it is not f32
 */
export async function foldRecords(
  records: readonly KeptRecord[],
  facts: FoldFacts,
  options: AnalysisOptions,
  sample: PrecisionSample | null,
): Promise<Folded> {
  const { layers, compared, views } = facts;
  const hasReference = facts.reference !== 'none';
  const adapters = new Map(records.map(({ adapter }) => [JSON.stringify(adapter), adapter]));
  const repeated = countRepeated(records);
  const scores = SET_NAMES.flatMap((set) => {
    const ofSet = records.filter(({ chunk }) => chunk.set === set);
    if (ofSet.length === 0) return [];
    return [scoreSet(joinRecords(set, ofSet, layers, facts.classes[set], compared), options)];
  });
  const sameEncoder = facts.reference === 'same file' || (hasReference && alikeThroughout(scores));
  const summary = summarize(scores, layers, { ...options, views, compared, sameEncoder });
  // Whoever stays with f32 and the recommended options fetches no more than that.
  const precision =
    sample && (await import('./precision-error.js')).precisionError(sample, scores[0]!, { ...options, compared });
  const ofMode =
    options.mode === 'recommended' && options.features !== 'raw' ? null : await import('./mode-warnings.js');
  const warnings = [...summary.warnings, ...(ofMode?.warningsOfMode(summary.layers, options, hasReference) ?? [])];
  return { ...summary, warnings, scores, precision, adapters: [...adapters.values()], repeated };
}

/**
 * Whether f and g gave the same distances to the bit at every layer, of every image, and not all are 0: the same weights,
 * whatever file each is in.
 */
function alikeThroughout(sets: readonly SetScores[]): boolean {
  const layers = sets.flatMap((set) => set.layers);
  const alike = layers.every(({ alignmentF, alignmentG }) => alignmentF.every((value, i) => value === alignmentG?.[i]));
  return alike && layers.some(({ alignmentF }) => alignmentF.some((value) => value > 0));
}

function countRepeated(records: readonly KeptRecord[]): number {
  const seen = new Set<string>();
  let repeated = 0;
  for (const digest of records.flatMap(({ pixels }) => pixels)) {
    if (digest !== '' && seen.has(digest)) repeated += 1;
    seen.add(digest);
  }
  return repeated;
}
