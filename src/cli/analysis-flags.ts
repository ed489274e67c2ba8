import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { asNumber, NUMERIC_OPTIONS, OPTION_TEXTS, type OptionText } from '../analysis/option-texts.js';
import { OPTION_NAMES, type OptionName, optionChoices, resolveOptions } from '../analysis/options.js';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';

/** The command line takes a file too. */
const AUGMENT: OptionText = { value: 'NAME|FILE.json', text: `${OPTION_TEXTS.augment.text}, or a file of operations` };

export function addAnalysisFlags(command: Command): void {
  const defaults = resolveOptions({});
  for (const name of OPTION_NAMES) {
    const { value, text, standard = defaults[name] } = name === 'augment' ? AUGMENT : OPTION_TEXTS[name];
    const choices = optionChoices(name);
    const notes = [
      ...(choices && choices.length > 1 ? [choices.join(', ')] : []),
      ...(standard === null ? [] : [`default: ${standard}`]),
      ...(name === 'layers' ? ['repeatable'] : []),
    ].join('; ');
    const option = new Option(`${flagOf(name)} <${value}>`, notes === '' ? text : `${text} (${notes})`);
    if (NUMERIC_OPTIONS.includes(name)) option.argParser(asNumber);
    if (name === 'layers') option.argParser(globs);
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

/** Comma-separated globs, added to those of the flags before. */
export function globs(text: string, before: unknown): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('It names an empty node.');
  return [...((before as string[] | undefined) ?? []), ...names];
}
