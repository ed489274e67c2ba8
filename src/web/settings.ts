/** The settings of the page as their fields hold them, text each, and what they come to. */
import { asNumber, NUMERIC_OPTIONS, OPTION_TEXTS } from '../analysis/option-texts.js';
import {
  type AnalysisOptions,
  OPTION_NAMES,
  type OptionName,
  optionChoices,
  resolveOptions,
} from '../analysis/options.js';
import type { SetName } from '../analysis/result.js';
import { PRESET_NAMES } from '../images/presets.js';
import { MODEL_NUMBERS, MODEL_OPTION_NAMES, type ModelOptionName } from '../models/option-texts.js';
import type { EncoderSettings } from './engine/contract.js';
import { type ErrorFacts, errorFacts } from './engine/errors.js';

/** Options that are seen at once; the others are folded away. */
export const FIRST_OPTIONS: readonly OptionName[] = ['views', 'augment', 'seed'];
/** Decided where encoders are loaded: there is one precision for both. */
const OF_ENCODERS: readonly OptionName[] = ['precision'];
export const OTHER_OPTIONS = OPTION_NAMES.filter((name) => !FIRST_OPTIONS.includes(name));

/** By option: what its field holds; '' or missing: the default. */
export interface Settings {
  readonly analysis: Readonly<Partial<Record<OptionName, string>>>;
  readonly encoder: Readonly<Partial<Record<ModelOptionName, string>>>;
  readonly pictures: boolean;
  /** Of a set: numbers of the images that are meant. */
  readonly parts: Readonly<Partial<Record<SetName, string>>>;
}

export const DEFAULT_SETTINGS: Settings = { analysis: {}, encoder: {}, pictures: true, parts: {} };

/** Values that a field offers; undefined where any text may stand. */
export function fieldChoices(name: OptionName): readonly string[] | undefined {
  return name === 'augment' ? PRESET_NAMES : optionChoices(name);
}

/** What stands for a default, in the mode that is chosen. */
export function defaultOf(name: OptionName, { analysis: { mode, augment } }: Settings): string {
  const { standard } = OPTION_TEXTS[name];
  if (standard !== undefined) return standard;
  // The views of a mode may follow from its augmentation; what contradicts the mode is told at its field.
  const value = (resolved({ mode, augment }) ?? resolved({ mode }) ?? resolveOptions({}))[name];
  return value === null ? 'those of the family or mode' : String(value);
}

function resolved(given: Readonly<Partial<Record<OptionName, string | undefined>>>): AnalysisOptions | null {
  try {
    return resolveOptions(Object.fromEntries(Object.entries(given).filter(([, text]) => text)));
  } catch {
    return null;
  }
}

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
  return NUMERIC_OPTIONS.includes(name) ? asNumber(text) : text;
}

/** As `loadEncoder` takes them. */
export function encoderSettings({ encoder, analysis: { precision = '' } }: Settings): EncoderSettings {
  const given = MODEL_OPTION_NAMES.flatMap((name) => {
    const text = encoder[name]?.trim() ?? '';
    if (text === '') return [];
    return [[name, MODEL_NUMBERS.includes(name) ? asNumber(text) : text]];
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
