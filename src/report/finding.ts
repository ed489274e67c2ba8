import { leadingContrast, presentSets, type Verdict, verdict, viewsNeverDiffer } from '../analysis/headline.js';
import type { Contrast, LayerResult, Report, SetName } from '../analysis/result.js';
import { confidence, range, signed } from './format.js';
import { shorten, visible } from './text.js';

/** How the sets are named in the middle of a sentence. */
export const SET_PHRASES: Readonly<Record<SetName, string>> = {
  candidates: 'candidates',
  shared: 'shared images',
  independent: 'independent images',
  external: 'external images',
};

/** One image of each set, in the middle of a sentence. */
export const IMAGE_PHRASES: Readonly<Record<SetName, string>> = {
  candidates: 'candidate',
  shared: 'shared image',
  independent: 'independent image',
  external: 'external image',
};

/** Stands where a layer's finding would. */
export const NOTHING_TO_MEASURE = 'nothing to measure: views do not differ here';

/** The finding as it is shown everywhere: the leading contrast at the last layer. */
interface Finding {
  /** Null without a contrast to external images. */
  readonly verdict: Verdict | null;
  /** One sentence that stands alone; where there is a contrast, with its number and interval. */
  readonly headline: string;
  /** What the number is, how many layers show it, and what it cannot say; no sentence repeats the headline. */
  readonly reading: readonly string[];
}

export function findingOf(report: Report): Finding {
  const alone = report.encoders.g === undefined;
  const limits = alone && report.layers.length > 0 ? [ONE_ENCODER] : [];
  const last = report.layers.at(-1);
  const contrast = last === undefined ? null : leadingContrast(last);
  if (last === undefined || contrast === null) {
    return { verdict: null, headline: withoutContrast(report), reading: limits };
  }
  const [a, b] = [SET_PHRASES[contrast.a], SET_PHRASES[contrast.b]];
  const measured = alone
    ? `the alignment of ${b} minus that of ${a}`
    : `LayerMem (how much closer f keeps an image's views than g does, on average) of ${a} minus that of ${b}`;
  return {
    verdict: verdict(contrast),
    headline: headline(report, last, contrast),
    reading: [`The number is ${measured}, with its ${confidence(report)} interval.`, ...layersAbove(report), ...limits],
  };
}

/** Without a reference a difference between sets is only consistent with memory: one set's images may be easier. */
const ONE_ENCODER =
  'One encoder alone cannot tell memory from easier images: LayerMem needs a second encoder, trained without these images (--reference).';

function withoutContrast(report: Report): string {
  if (report.layers.length === 0) return 'No layer was measured.';
  return presentSets(report.sets).includes('external')
    ? 'No verdict on memorization: external images alone have nothing to be held against.'
    : 'No verdict on memorization: without external images the numbers cannot tell memory from other differences.';
}

function headline(report: Report, last: LayerResult, contrast: Contrast): string {
  const [a, b] = [SET_PHRASES[contrast.a], SET_PHRASES[contrast.b]];
  const place = `${named(last)}, ${report.layers.length === 1 ? 'the one layer measured' : 'the last layer'}`;
  if (viewsNeverDiffer(last)) return `At ${place}, there is ${NOTHING_TO_MEASURE}.`;
  const numbers = `${signed(contrast.difference)} ${range(contrast.interval)}`;
  const says = verdict(contrast);
  if (says === 'shown') {
    const what =
      report.encoders.g === undefined
        ? `f keeps views of ${a} closer together than views of ${b}`
        : `${a} are memorized more than ${b}`;
    return `At ${place}, ${what}: ${numbers}.`;
  }
  const why = says === 'none' ? 'contains 0' : 'lies below 0';
  return `No memorization shown at ${place}: ${a} − ${b} is ${numbers}; the interval ${why}.`;
}

/** Which layers' intervals lie above 0; nothing for a single layer, which the headline has. */
function layersAbove(report: Report): string[] {
  const { layers } = report;
  if (layers.length < 2) return [];
  const shown = layers.map(isShown);
  const count = shown.filter(Boolean).length;
  const where = count === 0 ? '' : ` (${runs(layers, shown)})`;
  const chance = oneIn(report);
  return [
    `Layers whose interval lies above 0: ${count} of ${layers.length}${where}.`,
    ...(chance === null ? [] : [`By chance alone about one layer in ${chance} does.`]),
  ];
}

const MOST_RUNS = 3;

/** Layers without a gap between them as 'first to last'. */
function runs(layers: readonly LayerResult[], shown: readonly boolean[]): string {
  const starts = layers.flatMap((_, l) => (shown[l] && !shown[l - 1] ? [l] : []));
  const texts = starts.slice(0, MOST_RUNS).map((start) => {
    const gap = shown.indexOf(false, start);
    const end = gap < 0 ? layers.length - 1 : gap - 1;
    return start === end ? named(layers[start]!) : `${named(layers[start]!)} to ${named(layers[end]!)}`;
  });
  return `${texts.join('; ')}${starts.length > MOST_RUNS ? ' …' : ''}`;
}

/** Half of what an interval misses lies above it. */
function oneIn(report: Report): number | null {
  const share = report.settings.confidence;
  return typeof share === 'number' ? Math.round(2 / (1 - share)) : null;
}

function isShown(layer: LayerResult): boolean {
  const contrast = leadingContrast(layer);
  return contrast !== null && verdict(contrast) === 'shown';
}

function named(layer: LayerResult): string {
  return shorten(visible(layer.node));
}
