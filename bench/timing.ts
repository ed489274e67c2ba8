import type { Gpu, Recording } from '../src/gpu/gpu.js';
import { processorTime } from './processor-time.js';

/** In milliseconds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/**
 * What the repeats of one piece of work took.
 * - `gpu`: by the GPU's own clock; null where it has none, or where its times cannot be right;
 * - `cpu`: processor time of this process, divided by the cores: what a software adapter would take if it had the
 *   machine to itself; null on hardware, and in a page.
 */
export interface Timing {
  readonly wall: Spread;
  readonly gpu: Spread | null;
  readonly cpu: Spread | null;
}

/** Those that other work on the machine disturbs least come first. */
export const CLOCKS = ['cpu', 'gpu', 'wall'] as const;
export type Clock = (typeof CLOCKS)[number];

/** The best clock that a piece of work was timed by. */
export function clockOf(timing: Timing): Clock {
  return CLOCKS.find((clock) => timing[clock]) ?? 'wall';
}

/** The repeats by their best clock, in ms. */
export function best(timing: Timing): Spread {
  return timing[clockOf(timing)] ?? timing.wall;
}

interface Sample {
  readonly wall: number;
  readonly gpu: number | null;
  readonly cpu: number | null;
}

/** A sample should last this many milliseconds, or it tells more of the submit and the clocks than of the kernel. */
const LEAST_SAMPLE = { software: 20, hardware: 2 };
const MOST_DISPATCHES = 200;

/**
 * Times one dispatch: after two runs to warm up, `repeats` samples of as many dispatches as fill a sample.
 * @param record a recording of so many of them
 */
export async function timeDispatches(gpu: Gpu, record: (times: number) => Recording, repeats: number): Promise<Timing> {
  await gpu.run(record(1));
  const { wall } = await timeOnce(() => gpu.run(record(1)));
  const times = Math.min(MOST_DISPATCHES, Math.max(1, Math.round(LEAST_SAMPLE[gpu.facts.kind] / wall)));
  const recording = record(times);
  const samples: Sample[] = [];
  for (let i = 0; i < repeats; i++) {
    gpu.profile(true);
    const sample = await timeOnce(() => gpu.run(recording));
    const clocked = gpu.kernelTimes;
    samples.push({
      wall: sample.wall / times,
      cpu: sample.cpu === null ? null : sample.cpu / times,
      gpu: clocked && clocked.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) / 1e6 / times,
    });
  }
  gpu.profile(false);
  return timingOf(gpu, samples);
}

/** Times several pieces of work in turn, `repeats` times each, so that none of them has the quieter moments. */
export async function timeInTurn(
  gpu: Gpu,
  works: readonly (() => Promise<unknown>)[],
  repeats: number,
): Promise<Timing[]> {
  const samples: Sample[][] = works.map(() => []);
  for (const work of works) await work();
  for (let i = 0; i < repeats; i++)
    for (const [w, work] of works.entries()) samples[w]!.push({ ...(await timeOnce(work)), gpu: null });
  return samples.map((taken) => timingOf(gpu, taken));
}

export async function timeOnce(work: () => Promise<unknown>): Promise<Omit<Sample, 'gpu'>> {
  const before = processorTime();
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  const after = processorTime();
  return { wall, cpu: before === null || after === null ? null : after - before };
}

function timingOf({ facts }: Gpu, samples: readonly Sample[]): Timing {
  const wall = spread(samples.map((sample) => sample.wall));
  const gpu = spreadOfAll(samples.map((sample) => sample.gpu));
  return {
    wall,
    gpu: gpu && gpu.least > 0 && gpu.median <= 1.05 * wall.median ? gpu : null,
    cpu: facts.kind === 'software' ? spreadOfAll(samples.map(({ cpu }) => cpu)) : null,
  };
}

/** Null where one is unknown. */
function spreadOfAll(values: readonly (number | null)[]): Spread | null {
  const known = values.flatMap((value) => (value === null ? [] : [value]));
  return known.length === values.length ? spread(known) : null;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}
