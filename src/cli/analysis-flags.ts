import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OPTION_NAMES, type OptionName, optionChoices, resolveOptions } from '../analysis/options.js';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import { PRESET_NAMES } from '../images/presets.js';

interface Flag {
  readonly value: string;
  readonly text: string;
  /** From the text of the command line to what `resolveOptions` checks; a number that is none stays text. */
  readonly parse?: (text: string, before: unknown) => unknown;
  /** What the default comes to, where the option leaves it to something else. */
  readonly standard?: string;
}

/** The options of an analysis as the command line shows them, one for each of `analysis/options.ts`. */
const FLAGS: Readonly<Record<OptionName, Flag>> = {
  mode: { value: 'NAME', text: 'set of defaults' },
  views: { value: 'N', text: 'views per image, 1 to 64', parse: numeric },
  augment: {
    value: 'NAME|FILE.json',
    text: `how views are drawn: ${PRESET_NAMES.join(', ')}, or a file of operations`,
  },
  seed: { value: 'N', text: 'seed of the views and the bootstrap', parse: numeric },
  layers: { value: 'GLOB[,GLOB]', text: "nodes to measure (default: the family's own); repeatable", parse: globs },
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
  batch: { value: 'auto|N', text: 'images per submission; changes no number', parse: numeric },
  confidence: { value: 'SHARE', text: 'of the intervals', parse: numeric },
  resamples: { value: 'N', text: 'of the bootstrap', parse: numeric },
};

export function addAnalysisFlags(command: Command): void {
  const defaults = resolveOptions({});
  for (const name of OPTION_NAMES) {
    const { value, text, parse, standard = defaults[name] } = FLAGS[name];
    const choices = optionChoices(name);
    const notes = [
      ...(choices && choices.length > 1 ? [choices.join(', ')] : []),
      ...(standard === null ? [] : [`default: ${standard}`]),
    ].join('; ');
    const option = new Option(`${flagOf(name)} <${value}>`, notes === '' ? text : `${text} (${notes})`);
    if (parse) option.argParser(parse);
    command.addOption(option);
  }
}

/**
 * The flags that were given, by the options' names; defaults are not filled in, a file of operations is read.
 * @throws IO, BAD_OPTION for a file that is no JSON
 */
export async function givenAnalysisFlags(
  flags: Readonly<Record<string, unknown>>,
): Promise<Partial<Record<OptionName, unknown>>> {
  const given = Object.fromEntries(
    OPTION_NAMES.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  );
  const { augment } = given;
  if (typeof augment !== 'string' || !/\.json$/i.test(augment)) return given;
  const text = await readFile(augment, 'utf8').catch((cause) => {
    throw new MemgpuError('IO', `--augment: ${quoted(augment)} cannot be read`, {
      hint: 'Check the path and its permissions.',
      cause,
    });
  });
  try {
    return { ...given, augment: JSON.parse(text) };
  } catch (cause) {
    throw new MemgpuError('BAD_OPTION', `--augment: ${quoted(augment)} is no JSON: ${(cause as Error).message}`, {
      hint: 'It holds a list of operations, such as [{"op": "horizontal-flip", "p": 0.5}].',
      cause,
    });
  }
}

/** As `resolveOptions`, with messages that name the flag. @throws BAD_OPTION */
export function resolveAnalysisFlags(given: Readonly<Record<string, unknown>>) {
  try {
    return resolveOptions(given);
  } catch (error) {
    if (!(error instanceof MemgpuError)) throw error;
    const message = error.message.replace(/^[A-Za-z]+(?=:)/, (name) => flagOf(name));
    throw new MemgpuError(error.code, message, { ...(error.hint && { hint: error.hint }), cause: error });
  }
}

/** `unitRest` is `--unit-rest`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function numeric(text: string): unknown {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Comma-separated globs, added to those of the flags before. */
export function globs(text: string, before: unknown): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('It names an empty node.');
  return [...((before as string[] | undefined) ?? []), ...names];
}
