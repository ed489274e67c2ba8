import { compare, type Difference } from './accuracy.js';
import { type Job, jobOf } from './jobs.js';
import { channelsFirst } from './layouts.js';

/** A network that is ready: its weights lie where it computes. */
export interface Runner {
  /** Takes the input from a Float32Array and gives the output in one, both in the peer's own layout. */
  run(): Promise<Float32Array>;
  /** Whether the output is [n, height, width, channels]; else [n, channels, height, width]. */
  readonly channelsLast?: boolean;
  /** What computes, as it calls itself. */
  readonly adapter?: string;
}

/** A peer: makes a job's network ready. */
export type Program = (job: Job) => Promise<Runner>;

/** What is known once a peer has run a job for the first time. Times in ms. */
export interface Opened {
  /** Until it was ready to run. */
  readonly create: number;
  /** The first run: shaders are compiled in it, or before. */
  readonly first: number;
  readonly difference: Difference;
  readonly adapter?: string;
}

/** A program as the benchmark drives it, wherever it runs. */
export class Served {
  readonly #program: Program;
  #runner: Runner | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  async open(name: string, reference: Float64Array): Promise<Opened> {
    const job = jobOf(name);
    const start = performance.now();
    this.#runner = await this.#program(job);
    const ready = performance.now();
    const output = await this.#runner.run();
    const end = performance.now();
    const { channelsLast, adapter } = this.#runner;
    return {
      create: ready - start,
      first: end - ready,
      difference: compare(
        channelsLast ? channelsFirst(output, job.output) : output,
        reference,
        job.output[0],
        job.checked,
      ),
      ...(adapter !== undefined && { adapter }),
    };
  }

  /** @returns ms */
  async run(): Promise<number> {
    const start = performance.now();
    await this.#runner!.run();
    return performance.now() - start;
  }
}
