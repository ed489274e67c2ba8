import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../analysis/meter.js';
import { counted, duration, rate } from '../report/amounts.js';
import type { Terminal } from './terminal.js';

/** Seconds between lines where nobody watches a bar. */
const LINE_EVERY = 5;
/** Seconds from which on a run says how to make it shorter. */
const LONG = 600;

export interface ProgressDisplay extends Disposable {
  update(progress: Omit<Progress, 'set'>): void;
}

export interface RunFacts {
  /** Name of the adapter. */
  readonly adapter: string;
  /** What would make the run shorter, for people. */
  readonly cuts: readonly string[];
}

/** Shows how far a run is: a bar on a terminal, a line every few seconds elsewhere; after the first batch an estimate. */
export function showProgress(terminal: Terminal, run: RunFacts): ProgressDisplay {
  let bar: SingleBar | undefined;
  let estimated = false;
  let lastLine = performance.now();
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  // A bar changes how the terminal wraps lines; a process that leaves at once must put that back.
  process.on('exit', stop);
  return {
    update(progress) {
      if (terminal.quiet) return;
      const { done, total, left } = progress;
      if (!estimated && left !== null) {
        estimated = true;
        const lines = done < total ? estimate(left, total - done, run) : [];
        for (const line of lines) terminal.note(line);
      }
      const pace = paceOf(progress);
      if (process.stderr.isTTY) {
        if (!bar) {
          bar = new SingleBar(
            {
              format: '{bar} {value}/{total} images | {rest}',
              stream: process.stderr,
              barsize: 24,
              clearOnComplete: true,
            },
            Presets.shades_classic,
          );
          bar.start(total, done, { rest: run.adapter });
        }
        bar.update(done, { rest: [...pace, run.adapter].join(' | ') });
      } else if (performance.now() - lastLine >= LINE_EVERY * 1000) {
        lastLine = performance.now();
        terminal.note([`${done} of ${total} images`, ...pace].join(', '));
      }
    },
    [Symbol.dispose]() {
      stop();
      process.off('exit', stop);
    },
  };
}

/** Speed and time left, as far as they are known. */
export function paceOf(progress: Pick<Progress, 'rate' | 'left'>): string[] {
  return [
    ...(progress.rate === null ? [] : [`${rate(progress.rate)} images/s`]),
    ...(progress.left === null ? [] : [`${duration(progress.left)} left`]),
  ];
}

/** The estimate after one measured batch; for a long run also what cuts it. */
export function estimate(left: number, images: number, { adapter, cuts }: RunFacts): string[] {
  const line = `Estimate: ${duration(left)} for ${counted(images, 'more image')} on ${adapter}.`;
  return left <= LONG || cuts.length === 0 ? [line] : [line, `To cut it: ${cuts.join(', ')}.`];
}
