import { MemgpuError } from '../errors.js';
import { type EndingSignal, SIGNAL_CODES } from './errors.js';
import type { Terminal } from './terminal.js';

export interface Interrupt extends Disposable {
  /** Raised by the first signal; its reason is the signal's name. */
  readonly signal: AbortSignal;
}

/** The first SIGINT or SIGTERM asks the run to end after the batch at hand; a second one ends the process at once. */
export function watchInterrupts(terminal: Terminal): Interrupt {
  const controller = new AbortController();
  const names = Object.keys(SIGNAL_CODES) as EndingSignal[];
  const onSignal = (name: EndingSignal) => {
    if (controller.signal.aborted) {
      process.stderr.write('memgpu: ABORTED: left at once, in the middle of a batch\n');
      // What is open is destroyed as the process exits (platform/node-gpu.ts).
      process.exit(SIGNAL_CODES[name]);
    }
    terminal.note('Ending after the current batch; once more to leave at once.');
    controller.abort(name);
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** For commands that keep nothing of what is not finished. @throws ABORTED once the signal is raised */
export function endIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new MemgpuError('ABORTED', 'interrupted; nothing was written', { cause: signal.reason });
}
