import * as v from 'valibot';
import { MemgpuError } from '../errors.js';
import { escapeUnseen, excerpt } from '../escape-unseen.js';
import { PRECISIONS } from '../kernels/design.js';
import { didYouMean } from '../nearest.js';
import { MODES, rulesOf } from './modes.js';

const whole = (low: number, high: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(low, `must be from ${low} to ${high}`),
    v.maxValue(high, `must be from ${low} to ${high}`),
  );
const names = v.pipe(v.array(v.pipe(v.string(), v.nonEmpty())), v.minLength(1, 'must name at least one node'));

const NO_SHARE = 'must lie between 0 and 1, such as 0.95';

/** The most views of an image. */
export const MOST_VIEWS = 64;

const ENTRIES = {
  /** Sets defaults, and decides some options (modes.ts); a report names it. The defaults here are the recommended ones. */
  mode: v.optional(v.picklist(MODES), 'recommended'),
  /** Views per image. */
  views: v.optional(whole(1, MOST_VIEWS), 10),
  /** A preset, or a list of operations (images/augmentation.ts). */
  augment: v.optional(
    v.union([v.string(), v.array(v.unknown())], 'must be a preset or a list of operations'),
    'simclr',
  ),
  seed: v.optional(whole(0, 2 ** 32 - 1), 0),
  /** Globs over node names; null: the family's own. */
  layers: v.optional(v.nullable(names), null),
  /** Which positions of a transformer's nodes count, for features and units alike. */
  tokens: v.optional(v.picklist(['all', 'class', 'patches']), 'all'),
  features: v.optional(v.picklist(['normalized', 'raw']), 'normalized'),
  distance: v.optional(v.picklist(['l2', 'l1', 'cosine', 'angular']), 'l2'),
  pairs: v.optional(v.picklist(['all', 'clean']), 'all'),
  score: v.optional(v.picklist(['ratio', 'difference', 'range']), 'ratio'),
  unitRest: v.optional(v.picklist(['mean', 'median']), 'mean'),
  /** Of the encoders, which are loaded with one; null: theirs. */
  precision: v.optional(v.nullable(v.picklist(PRECISIONS)), null),
  /** Images per submission. */
  batch: v.optional(
    v.union([v.literal('auto'), whole(1, 4096)], 'must be auto or a whole number from 1 to 4096'),
    'auto',
  ),
  confidence: v.optional(v.pipe(v.number(), v.gtValue(0, NO_SHARE), v.ltValue(1, NO_SHARE)), 0.95),
  resamples: v.optional(whole(100, 1_000_000), 2000),
};

const SCHEMA = v.strictObject(ENTRIES);

/** Every option of an analysis, resolved. */
export type AnalysisOptions = v.InferOutput<typeof SCHEMA>;
/** As a caller gives them; what is left out has its default. */
export type AnalysisOptionsInput = v.InferInput<typeof SCHEMA>;
export type OptionName = keyof AnalysisOptions;
export const OPTION_NAMES = Object.keys(ENTRIES) as OptionName[];

/** Whether every view is the clean image, so that there is one view and no pair: the preset none, or no operation. */
export function isPlain({ augment }: Pick<AnalysisOptions, 'augment'>): boolean {
  return augment === 'none' || augment.length === 0;
}

/** Values that an option of a fixed list may have; undefined for the others. */
export function optionChoices(name: OptionName): readonly string[] | undefined {
  let schema = ENTRIES[name] as { wrapped?: unknown; options?: unknown };
  while (schema.wrapped) schema = schema.wrapped as typeof schema;
  const { options } = schema;
  return Array.isArray(options) && options.every((option) => typeof option === 'string') ? options : undefined;
}

/**
 * Checks options and fills in the defaults of their mode.
 * @throws BAD_OPTION naming the option, what is wrong, and the nearest known name or value; or the option and the mode that
 *   it contradicts
 */
export function resolveOptions(input: Readonly<Record<string, unknown>>): AnalysisOptions {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const { mode } = parse(given);
  const options = parse({ ...valuesOf(mode, given), ...given });
  if (options.pairs === 'all' && options.views < 2 && !isPlain(options)) {
    throw new MemgpuError('BAD_OPTION', `views is ${options.views}, but pairs "all" needs at least 2 views`, {
      hint: 'Use 2 views or more, or pairs "clean".',
    });
  }
  return options;
}

function parse(given: Readonly<Record<string, unknown>>): AnalysisOptions {
  const parsed = v.safeParse(SCHEMA, given, { abortEarly: true });
  if (!parsed.success) throw explain(parsed.issues[0], given);
  return parsed.output;
}

/** What a mode puts in the place of the recommended defaults. @throws BAD_OPTION where what was given contradicts it */
function valuesOf(mode: AnalysisOptions['mode'], given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { defaults, fixed } = rulesOf(mode, given.augment);
  for (const [name, allowed] of Object.entries(fixed)) {
    const value = given[name];
    if (value === undefined || allowed.includes(value)) continue;
    const shown = shownValue(value);
    throw new MemgpuError('BAD_OPTION', `${name}: ${shown} contradicts mode ${mode}, which has ${either(allowed)}`, {
      hint: `Leave ${name} out, or use mode recommended with the options that you want.`,
    });
  }
  const decided = Object.entries(fixed).map(([name, [value]]) => [name, value]);
  return { ...Object.fromEntries(decided), ...defaults };
}

function either(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ');
}

function explain(issue: v.BaseIssue<unknown>, given: Readonly<Record<string, unknown>>): MemgpuError {
  const name = String(issue.path?.[0]?.key ?? '');
  if (!(OPTION_NAMES as string[]).includes(name)) {
    return new MemgpuError('BAD_OPTION', `unknown option ${shownValue(name)}`, {
      hint: didYouMean(name, OPTION_NAMES) ?? `Options: ${OPTION_NAMES.join(', ')}.`,
    });
  }
  const choices = optionChoices(name as OptionName);
  const value = given[name];
  const shown = shownValue(value);
  if (choices && typeof value === 'string') {
    return new MemgpuError('BAD_OPTION', `${name}: unknown value ${shown}`, {
      hint: [didYouMean(value, choices), `Possible: ${choices.join(', ')}.`].filter(Boolean).join(' '),
    });
  }
  const why = choices ? `must be one of ${choices.join(', ')}` : excerpt(issue.message, 200);
  return new MemgpuError('BAD_OPTION', `${name}: ${shown} ${why}`);
}

/** A value as JSON for a message, cut where it is long. */
function shownValue(value: unknown): string {
  return escapeUnseen(String(JSON.stringify(value)).slice(0, 60));
}
