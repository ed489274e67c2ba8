import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../analysis/pass.js';
import { duration, rate } from './amounts.js';
import type { Terminal } from './terminal.js';

/** Seconds between lines where nobody watches a bar. */
const LINE_EVERY = 5;
/** Seconds from which on a run says how to make it shorter. */
const LONG = 600;

export interface ProgressDisplay extends Disposable {
  update(progress: Progress): void;
}

export interface RunSize {
  readonly adapter: string;
  readonly views: number;
  readonly givenViews: boolean;
  readonly encoders: number;
}

/** Shows how far a run is: a bar on a terminal, a line every few seconds elsewhere; after the first batch an estimate. */
export function showProgress(terminal: Terminal, size: RunSize): ProgressDisplay {
  let bar: SingleBar | undefined;
  let estimated = false;
  let lastLine = performance.now();
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update(progress) {
      if (terminal.quiet) return;
      const { set, done, total, left } = progress;
      if (!estimated && left !== null) {
        estimated = true;
        for (const line of estimate(left, total - done, size)) terminal.note(line);
      }
      const speed = progress.rate === null ? '–' : `${rate(progress.rate)} images/s`;
      const remaining = left === null ? '–' : duration(left);
      if (process.stderr.isTTY) {
        if (!bar) {
          bar = new SingleBar(
            {
              format: '{bar} {value}/{total} {set} | {speed} | {remaining} left | {adapter}',
              stream: process.stderr,
              barsize: 24,
              clearOnComplete: true,
            },
            Presets.shades_classic,
          );
          bar.start(total, done, { set, speed, remaining, adapter: size.adapter });
        }
        bar.update(done, { set, speed, remaining });
      } else if (performance.now() - lastLine >= LINE_EVERY * 1000) {
        lastLine = performance.now();
        terminal.note(`${done} of ${total} images (${set}), ${speed}, ${remaining} left`);
      }
    },
    [Symbol.dispose]: stop,
  };
}

/** The estimate after one measured batch; for a long run also which options cut it. */
export function estimate(left: number, images: number, { adapter, views, givenViews, encoders }: RunSize): string[] {
  const line = `Estimate: ${duration(left)} for ${images} more images on ${adapter}.`;
  if (left <= LONG) return [line];
  const cuts = [
    ...(givenViews ? [] : [`fewer views (--views, now ${views})`]),
    'fewer images (such as train.bin@0-499)',
    ...(encoders > 1 ? ['leaving --reference out (half the time, no LayerMem)'] : []),
  ];
  return [line, `To cut it: ${cuts.join(', ')}; the number of layers hardly matters.`];
}
