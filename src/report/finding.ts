import { leadingContrast, presentSets, type Verdict, verdict } from '../analysis/headline.js';
import type { Contrast, LayerResult, Report, SetName } from '../analysis/result.js';
import { confidence, range, signed } from './format.js';
import { shorten, visible } from './text.js';

/** Without a reference a difference between sets is only consistent with memory: one set's images may be easier. */
const FINDINGS = {
  withReference: {
    shown: 'Memorization shown.',
    none: 'No memorization shown.',
    reversed: 'No memorization shown.',
  },
  alone: {
    shown: 'Consistent with memorization, which one encoder alone cannot prove.',
    none: 'No memorization shown.',
    reversed: 'No memorization shown.',
  },
} as const;

const INTERVAL_SAYS = { shown: 'above 0', none: 'which contains 0', reversed: 'which lies below 0' } as const;

export const NO_VERDICT =
  'No verdict on memorization: without external images (in the training set of no encoder) the numbers below cannot tell memory from other differences.';

export const ONE_ENCODER =
  'One encoder alone: alignment and UnitMem only. It cannot show whether easy images merely look remembered; LayerMem needs a second encoder trained without these images (--reference).';

/** What is shown, and the numbers that show it: the leading contrast at the last layer. Null without external images. */
export interface Finding {
  readonly verdict: Verdict;
  readonly contrast: Contrast;
  /** Such as 'Memorization shown.' */
  readonly statement: string;
  /** Difference and interval at the last layer, and `layersAbove`. */
  readonly evidence: string;
  /** How many layers' intervals lie above 0, and the first of them. */
  readonly layersAbove: string;
}

export function findingOf(report: Report): Finding | null {
  const last = report.layers.at(-1);
  const contrast = last === undefined ? null : leadingContrast(last);
  if (last === undefined || contrast === null) return null;
  const found = verdict(contrast);
  const alone = report.encoders.g === undefined;
  const measure = alone ? 'minus the alignment' : 'LayerMem';
  const shown = report.layers.filter(isShown);
  const first = shown.length === 0 ? '' : `, the first at ${named(shown[0]!)}`;
  const layersAbove = `Layers whose interval lies above 0: ${shown.length} of ${report.layers.length}${first}.`;
  return {
    verdict: found,
    contrast,
    statement: FINDINGS[alone ? 'alone' : 'withReference'][found],
    evidence: [
      `At the last layer, ${named(last)}, ${contrast.a} − ${contrast.b} in ${measure} is ${signed(contrast.difference)},`,
      `${confidence(report)} interval ${range(contrast.interval)}, ${INTERVAL_SAYS[found]}.`,
      layersAbove,
    ].join(' '),
    layersAbove,
  };
}

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

/** The finding as one sentence that stands alone, as a headline. */
export function headlineSentence(report: Report): string {
  const found = findingOf(report);
  if (report.layers.length === 0) return 'No layer was measured.';
  if (found === null) {
    return presentSets(report.sets).includes('external')
      ? 'No verdict on memorization: external images alone have nothing to be held against.'
      : 'No verdict on memorization: without external images the numbers cannot tell memory from other differences.';
  }
  const { contrast, verdict: says } = found;
  const [a, b] = [SET_PHRASES[contrast.a], SET_PHRASES[contrast.b]];
  const numbers = `${signed(contrast.difference)} ${range(contrast.interval)}`;
  const last = named(report.layers.at(-1)!);
  if (says === 'shown') {
    const verb = report.encoders.g === undefined ? 'are kept closer together by f than' : 'are memorized more than';
    return `${capital(a)} ${verb} ${b} ${where(report.layers, numbers)}.`;
  }
  const why = says === 'none' ? 'contains 0' : 'lies below 0';
  return `No memorization shown: ${a} − ${b} is ${numbers} at the last layer, ${last}; the interval ${why}.`;
}

/** From the first of the layers whose intervals lie above 0 without a gap to the end; the numbers are the last one's. */
function where(layers: readonly LayerResult[], numbers: string): string {
  const from = layers.reduce((start, layer, l) => (isShown(layer) ? start : l + 1), 0);
  const last = named(layers.at(-1)!);
  if (layers.length === 1) return `at ${last}, the one layer measured: ${numbers}`;
  if (from === layers.length - 1) return `at the last layer alone, ${last}: ${numbers}`;
  return `${from === 0 ? 'at every layer' : `from ${named(layers[from]!)} on`}: ${numbers} at the last layer, ${last}`;
}

function isShown(layer: LayerResult): boolean {
  const contrast = leadingContrast(layer);
  return contrast !== null && verdict(contrast) === 'shown';
}

function named(layer: LayerResult): string {
  return shorten(visible(layer.node));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
