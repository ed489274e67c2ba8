import { PRESET_NAMES } from '../images/presets.js';
import type { OptionName } from './options.js';

/** An option as people read it. */
export interface OptionText {
  /** What stands for its value, such as 'N'. */
  readonly value: string;
  readonly text: string;
  /** What the default comes to, where the option leaves it to something else. */
  readonly standard?: string;
}

/** The options of an analysis as the command line and the page explain them. */
export const OPTION_TEXTS: Readonly<Record<OptionName, OptionText>> = {
  mode: { value: 'NAME', text: 'set of defaults; paper and authors-script decide some of the options below' },
  views: { value: 'N', text: 'views per image, 1 to 64' },
  augment: { value: 'NAME', text: `how views are drawn: ${PRESET_NAMES.join(', ')}` },
  seed: { value: 'N', text: 'seed of the views and the bootstrap' },
  layers: {
    value: 'GLOB[,GLOB]',
    text: "nodes to measure, names or patterns between commas (default: the family's own, or the mode's)",
  },
  tokens: { value: 'KIND', text: "which of a transformer's positions count" },
  features: { value: 'KIND', text: 'activations as unit vectors or as they are' },
  distance: { value: 'NAME', text: 'distance between views' },
  pairs: { value: 'KIND', text: 'all pairs of views, or the clean image with each view' },
  score: { value: 'KIND', text: 'how the alignments of f and g are compared' },
  unitRest: { value: 'KIND', text: "what a unit's largest mean is compared with" },
  precision: {
    value: 'NAME',
    text: 'arithmetic of both encoders; the error of any but f32 is measured and reported',
    standard: 'f32',
  },
  batch: { value: 'auto|N', text: 'images per submission; changes no number' },
  confidence: { value: 'SHARE', text: 'of the intervals' },
  resamples: { value: 'N', text: 'of the bootstrap' },
};

/** Options whose values are numbers, where they are no name. */
export const NUMERIC_OPTIONS: readonly OptionName[] = ['views', 'seed', 'batch', 'confidence', 'resamples'];

/** From text to what `resolveOptions` checks; a number that is none stays text. */
export function asNumber(text: string): number | string {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
