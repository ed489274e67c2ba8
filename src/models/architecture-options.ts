import { MemgpuError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import type { ArchitectureOptions, Family } from './family.js';

/** The values that an option may have: some words, a positive whole number, or any name. */
const CHOICES: Readonly<Record<keyof ArchitectureOptions, readonly string[] | 'count' | 'name'>> = {
  heads: 'count',
  stem: ['imagenet', 'cifar'],
  stride: ['3x3', '1x1'],
  origin: 'name',
};

const KNOWN = ['size', 'norm', 'eps', ...Object.keys(CHOICES)];

/**
 * What was said of an architecture: the options without those that are undefined.
 * @throws BAD_OPTION for an unknown option or value, naming the nearest known one
 */
export function checkArchitectureOptions(options: Readonly<Record<string, unknown>>): ArchitectureOptions {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of said) {
    if (!Object.hasOwn(CHOICES, name))
      throw new MemgpuError('BAD_OPTION', `unknown option ${JSON.stringify(name.slice(0, 60))} of an encoder`, {
        hint: didYouMean(name, KNOWN) ?? `Options: ${KNOWN.join(', ')}.`,
      });
    const choices = CHOICES[name as keyof ArchitectureOptions];
    const shown = JSON.stringify(value)?.slice(0, 60);
    if (choices === 'count') {
      if (!Number.isInteger(value) || (value as number) < 1)
        throw new MemgpuError('BAD_OPTION', `${name}: ${shown} is no positive whole number`);
    } else if (choices === 'name') {
      if (typeof value !== 'string' || value === '')
        throw new MemgpuError('BAD_OPTION', `${name}: ${shown} is no name`);
    } else if (!choices.includes(value as string))
      throw new MemgpuError('BAD_OPTION', `${name}: unknown value ${shown}`, {
        hint: [didYouMean(String(value), choices), `Possible: ${choices.join(', ')}.`].filter(Boolean).join(' '),
      });
  }
  return Object.fromEntries(said);
}

/**
 * @param file for the message
 * @throws BAD_OPTION where something was said that a family has no use for: left unread, it would mislead
 */
export function refuseUnusedOptions(file: string, { name, options = [] }: Family, said: ArchitectureOptions): void {
  // An origin chooses among the namings of any family.
  const unused = Object.keys(said).find((option) => option !== 'origin' && !options.some((known) => known === option));
  if (unused === undefined) return;
  const [first, ...more] = options;
  const takes = first === undefined ? '' : ` It takes ${[first, ...more].join(' and ')}.`;
  throw new MemgpuError('BAD_OPTION', `${file}: ${unused} says nothing about a ${name}`, {
    hint: `Leave it out.${takes}`,
  });
}
