import type { Command } from 'commander';
import pc from 'picocolors';
import { MemgpuError } from '../errors.js';
import { escapeUnseen } from '../escape-unseen.js';
import type { Painter } from '../report/terminal.js';

export interface OutputFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Results go to stdout, everything else to stderr. */
export interface Terminal {
  readonly quiet: boolean;
  /** For text on stdout. */
  readonly paint: Painter;
  /** A result as JSON, or painted, with a line break after it. */
  print(text: string): void;
  /** A result as plain lines: what they quote of others cannot steer the terminal; nor can it in notes and details. */
  say(text: string): void;
  /** What goes on; not with --quiet. */
  note(text: string): void;
  /** Details, with --verbose. */
  detail(text: string): void;
}

export function addOutputFlags(command: Command, json: string): void {
  command
    .optionsGroup('Output:')
    .option('--json', json)
    .option('--quiet', 'only results and errors')
    .option('--verbose', 'details, and stacks of errors');
}

/** @throws BAD_OPTION for flags that contradict each other */
export function openTerminal({ quiet = false, verbose = false }: OutputFlags): Terminal {
  if (quiet && verbose) throw new MemgpuError('BAD_OPTION', '--quiet and --verbose contradict each other');
  const { bold, dim, yellow } = pc.createColors(showsColor(process.stdout));
  const plain = (text: string) => `${text.split('\n').map(escapeUnseen).join('\n')}\n`;
  const line = (text: string) => void process.stderr.write(plain(text));
  return {
    quiet,
    paint: { strong: bold, faint: dim, warn: yellow },
    print: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void process.stdout.write(plain(text)),
    note: (text) => (quiet ? undefined : line(text)),
    detail: (text) => (verbose ? line(text) : undefined),
  };
}

/** NO_COLOR (no-color.org) and FORCE_COLOR decide where they are set; else whether a person looks. */
function showsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return stream.isTTY === true && TERM !== 'dumb';
}
