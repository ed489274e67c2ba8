import { CommanderError } from 'commander';
import { exitCodeOf, reportError } from './errors.js';
import { createProgram } from './program.js';

/**
 * Runs a command line and ends the process with its exit code, once all output is written.
 * @param args without the interpreter and the script
 * @param home the folder of the running bundle, with what is built beside it
 */
export async function main(args: readonly string[], home: URL): Promise<never> {
  // `memgpu … | head` closes the pipe: nobody reads on, so there is nothing left to say.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let code = 0;
  try {
    await createProgram(home).parseAsync(args, { from: 'user' });
  } catch (error) {
    code = exitCodeOf(error);
    if (!(error instanceof CommanderError && SAID.has(error.code))) reportError(error, args.includes('--verbose'));
  }
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}

/** What commander throws after it has shown what was asked for. */
const SAID = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);

/** A pipe takes what is written after the call returns; leaving before that would cut it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
