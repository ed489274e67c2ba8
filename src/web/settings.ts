/** The settings of the page as their fields hold them, text each, and what they come to. */
import { OPTION_NAMES, type OptionName, optionChoices, resolveOptions } from '../analysis/options.js';
import { PRESET_NAMES } from '../images/presets.js';
import type { EncoderSettings } from './engine/contract.js';
import { type ErrorFacts, errorFacts } from './engine/errors.js';

/** What a checkpoint cannot tell. */
export const ENCODER_OPTIONS = {
  heads: { value: 'N', text: 'attention heads of a transformer (default: by its width)' },
  stem: { value: 'NAME', text: 'first layers of a ResNet: imagenet or cifar (default: by its weights)' },
  stride: { value: 'NAME', text: 'which convolution of a ResNet bottleneck takes the stride: 3x3 or 1x1' },
  origin: { value: 'NAME', text: 'whose code trained it, where several share its names: DINO, MAE, timm …' },
  size: { value: 'PIXELS', text: "side of the encoder's input (default: the family's)" },
  norm: { value: 'NAME', text: 'imagenet, half, none, or M,M,M/S,S,S (default: the family’s)' },
  eps: { value: 'X', text: "epsilon of its normalisations (default: the family's)" },
} as const;

export type EncoderOptionName = keyof typeof ENCODER_OPTIONS;
export const ENCODER_OPTION_NAMES = Object.keys(ENCODER_OPTIONS) as EncoderOptionName[];

/** Options that are seen at once; the others are folded away. */
export const FIRST_OPTIONS: readonly OptionName[] = ['views', 'augment', 'seed'];
/** Decided where encoders are loaded: there is one precision for both. */
const OF_ENCODERS: readonly OptionName[] = ['precision'];
export const OTHER_OPTIONS = OPTION_NAMES.filter((name) => !FIRST_OPTIONS.includes(name));

/** By option: what its field holds; '' or missing: the default. */
export interface Settings {
  readonly analysis: Readonly<Partial<Record<OptionName, string>>>;
  readonly encoder: Readonly<Partial<Record<EncoderOptionName, string>>>;
  readonly pictures: boolean;
}

export const DEFAULT_SETTINGS: Settings = { analysis: {}, encoder: {}, pictures: true };

/** Values that a field offers; undefined where any text may stand. */
export function fieldChoices(name: OptionName): readonly string[] | undefined {
  return name === 'augment' ? PRESET_NAMES : optionChoices(name);
}

/** What stands for a default. */
export function defaultOf(name: OptionName): string {
  const value = resolveOptions({})[name];
  if (name === 'precision') return 'f32';
  return value === null ? "the family's" : String(value);
}

const NUMBERS: readonly OptionName[] = ['views', 'seed', 'batch', 'confidence', 'resamples'];

/** The options of the analysis that were given, as `resolveOptions` takes them. */
export function analysisOptions({ analysis }: Settings): Record<string, unknown> {
  return Object.fromEntries(
    OPTION_NAMES.flatMap((name) => {
      const text = analysis[name]?.trim() ?? '';
      return text === '' || OF_ENCODERS.includes(name) ? [] : [[name, parsed(name, text)]];
    }),
  );
}

function parsed(name: OptionName, text: string): unknown {
  if (name === 'layers') return text.split(',').map((glob) => glob.trim());
  return NUMBERS.includes(name) && Number.isFinite(Number(text)) ? Number(text) : text;
}

const ENCODER_NUMBERS: readonly EncoderOptionName[] = ['heads', 'size', 'eps'];

/** As `loadEncoder` takes them. */
export function encoderSettings({ encoder, analysis: { precision = '' } }: Settings): EncoderSettings {
  const given = ENCODER_OPTION_NAMES.flatMap((name) => {
    const text = encoder[name]?.trim() ?? '';
    if (text === '') return [];
    return [[name, ENCODER_NUMBERS.includes(name) && Number.isFinite(Number(text)) ? Number(text) : text]];
  });
  return Object.fromEntries([...given, ...(precision === '' ? [] : [['precision', precision]])]);
}

/** The option that is wrong and why, or null. */
export function faultOf(settings: Settings): (ErrorFacts & { readonly option: string }) | null {
  try {
    resolveOptions(analysisOptions(settings));
    return null;
  } catch (error) {
    const facts = errorFacts(error);
    return { ...facts, option: /^[A-Za-z]+/.exec(facts.message)?.[0] ?? '' };
  }
}
