import { CommanderError } from 'commander';
import { type ErrorCode, MemgpuError } from '../errors.js';
import { escapeUnseen } from '../escape-unseen.js';

const FAILURE = 1;
const UNUSABLE = 2;

/** Exit codes by error code; what is not named here is a usage or an input that cannot be used. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  GPU_ERROR: FAILURE,
  SHADER_COMPILE: FAILURE,
  NO_ADAPTER: 3,
  OUT_OF_MEMORY: 4,
  DEVICE_LOST: 5,
  ABORTED: 130,
};

/** System errors on which the same command may work another time: the input is not to blame. */
const DISK_TROUBLE = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

/** Signals that interrupt a run, with the exit codes that shells give them. */
export const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
export type EndingSignal = keyof typeof SIGNAL_CODES;

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : UNUSABLE;
  if (!(error instanceof MemgpuError)) return FAILURE;
  if (error.code === 'ABORTED' && error.cause === 'SIGTERM') return SIGNAL_CODES.SIGTERM;
  if (error.code === 'IO' && DISK_TROUBLE.has(systemCode(error))) return FAILURE;
  return EXIT_CODES[error.code] ?? UNUSABLE;
}

/** One line that says what is wrong, one that says what to do; the stack only with `verbose`. */
export function reportError(error: unknown, verbose: boolean): void {
  for (const line of errorLines(error)) process.stderr.write(`${line}\n`);
  if (verbose && error instanceof Error && !(error instanceof CommanderError)) {
    process.stderr.write(`${error.stack}\n`);
    for (let { cause } = error; cause instanceof Error; { cause } = cause) {
      process.stderr.write(`caused by ${cause.stack}\n`);
    }
  }
}

function errorLines(error: unknown): string[] {
  if (error instanceof CommanderError) {
    const [first = '', ...more] = error.message.split('\n');
    const guess = more.join(' ').replace(/^\((.*)\)$/, '$1');
    return withHint(
      `memgpu: BAD_OPTION: ${oneLine(first.replace(/^error: /, ''))}`,
      guess || 'Add --help to the command to see what it takes.',
    );
  }
  if (error instanceof MemgpuError) return withHint(`memgpu: ${error.code}: ${oneLine(error.message)}`, error.hint);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return [
    `memgpu: unexpected failure: ${oneLine(what)}`,
    'hint: This is a fault of memgpu. Run it again with --verbose and report what it prints.',
  ];
}

function withHint(line: string, hint: string | undefined): string[] {
  return hint ? [line, `hint: ${oneLine(hint)}`] : [line];
}

/** Messages quote others' names and paths, which must not steer the terminal. */
function oneLine(text: string): string {
  return escapeUnseen(text.replace(/\s*\n\s*/g, ' '));
}

function systemCode({ cause }: Error): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
