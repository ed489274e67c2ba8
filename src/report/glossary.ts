import { foldNodes } from '../analysis/fold-nodes.js';
import type { LayerResult, Report, SetName, UnitMemSummary } from '../analysis/result.js';
import { IMAGE_PHRASES, SET_PHRASES } from './finding.js';
import { visible } from './text.js';

/** The score of one image in symbols. */
export function scoreFormula(report: Report): string {
  const { score } = report.settings;
  if (score === 'difference') return 'A_g − A_f; A is the mean distance between views';
  if (score === 'range') return '(A_g − A_f) over its range in the set; A is the mean distance between views';
  return '(A_g − A_f)/(A_g + A_f), −1 to 1; A is the mean distance between views';
}

export interface Term {
  readonly term: string;
  /** One sentence. */
  readonly meaning: string;
}

export const ALIGNMENT: Term = {
  term: 'Alignment',
  meaning:
    'the mean distance between what the encoder makes of two views of one image (random crops and colour changes; with pairs clean one of both is the image itself); smaller is closer.',
};

/** @returns SSLMem with the formula that the run used */
export function sslMem(report: Report): Term {
  return {
    term: 'SSLMem',
    meaning: `how much closer f keeps one image's views than g, an encoder trained without it: ${scoreFormula(report)}.`,
  };
}

export const LAYERMEM: Term = {
  term: 'LayerMem',
  meaning:
    'the mean of SSLMem over a set at one layer; a level common to all sets is a difference between the two encoders, not memory.',
};

export const DELTA: Term = {
  term: 'Δ',
  meaning: 'the change of LayerMem from the layer named beside it, over the same images and views.',
};

/** @returns what the difference of set a and set b is in this run */
export function contrastTerm(report: Report, a: SetName, b: SetName): Term {
  const [ofA, ofB] = [SET_PHRASES[a], SET_PHRASES[b]];
  if (report.encoders.g === undefined) {
    return {
      term: 'Contrast',
      meaning: `the alignment of ${ofB} minus that of ${ofA}; above 0, f keeps ${ofA} closer together, as it would if it remembered them, or if they were easier.`,
    };
  }
  const says =
    b === 'external'
      ? `what lies above 0 is memory of ${ofA}`
      : `above 0, f favours ${ofA} over ${ofB} more than g does`;
  return { term: 'Contrast', meaning: `LayerMem of ${ofA} minus that of ${ofB}; ${says}.` };
}

/** @returns the area under the curve as a chance */
export function aucTerm(a: SetName, b: SetName): Term {
  return {
    term: 'AUC',
    meaning: `the chance that a random ${IMAGE_PHRASES[a]} scores above a random ${IMAGE_PHRASES[b]}; 0.5 is a coin flip.`,
  };
}

export const UNITMEM: Term = {
  term: 'UnitMem',
  meaning: "how far one image stands out from all others in a unit's answer: 0 not at all, 1 it alone.",
};

export const UNIT_MEAN: Term = {
  term: "A unit's mean",
  meaning: 'what it answers to an image, averaged over its positions and the views of the image.',
};

export const MARGIN: Term = {
  term: 'Margin',
  meaning:
    'how far the image that a unit answers to most is ahead of the next one, as a share of its mean; where it is small, the unit answers to several images alike, or to none in particular.',
};

export const DEAD: Term = { term: 'Dead', meaning: 'units that are 0 on every image; they count as UnitMem 0.' };

export const BELOW_ZERO: Term = {
  term: 'Below 0',
  meaning: 'units whose mean is below 0 on some image or on all; their UnitMem may leave 0 to 1 and says little.',
};

/** Units whose means fall below 0: the count that `BELOW_ZERO` names. */
export function belowZero({ mixedSign, negative }: UnitMemSummary): number {
  return mixedSign + negative;
}

/** Which layers are not among those with UnitMem, and why; '' where all are. */
export function withoutUnits(layers: readonly LayerResult[]): string {
  const maps = layers.filter(({ units }) => units === 0).map(({ node }) => node);
  return maps.length === 0 ? '' : `Attention maps have no units: ${visible(foldNodes(maps))}.`;
}

/** Why a high UnitMem alone shows nothing. */
export const UNITMEM_NULL =
  'UnitMem of pure noise is not 0: some image always comes out highest, further ahead the more images there are; so read it only beside the same number of external images.';

/** What the difference of UnitMem to external images does not show. */
export const UNITMEM_DIFFERENCE =
  'Differences of a few hundredths are common by chance. Their interval is over units; which images were drawn is not in it.';

/** What the score that images are ranked by says. */
export function higherSays(report: Report): string {
  return `higher: f keeps this image's views closer together${report.encoders.g === undefined ? '' : ' than g does'}`;
}

/** What a setting decides, for those whose names do not say it. */
export const SETTING_MEANINGS: Readonly<Record<string, string>> = {
  unitRest: 'what UnitMem compares the highest image with: the mean or the median of all others',
  tokens: "which of a transformer's positions count: all, the class token, or the patches",
  features: 'what distances are taken between',
  pairs: 'views of an image that are compared',
  precision: 'arithmetic of both encoders; f32 is the reference',
  resamples: 'of the bootstrap, for each interval',
  batch: 'images at a time; changes no number',
};
