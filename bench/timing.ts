import { availableParallelism } from 'node:os';
import type { Gpu, Recording } from '../src/gpu/gpu.js';

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
 *   machine to itself; null on hardware.
 */
export interface Timing {
  readonly wall: Spread;
  readonly gpu: Spread | null;
  readonly cpu: Spread | null;
}

export type Clock = 'gpu' | 'cpu' | 'wall';

/** The clock that other work on the machine disturbs least. */
export function clockOf({ gpu, cpu }: Timing): Clock {
  if (cpu) return 'cpu';
  return gpu ? 'gpu' : 'wall';
}

/** The repeats by their best clock, in ms. */
export function best(timing: Timing): Spread {
  return timing[clockOf(timing)] ?? timing.wall;
}

interface Sample {
  readonly wall: number;
  readonly gpu: number | null;
  readonly cpu: number;
}

/** Runs a recording once to warm up, then `repeats` times, with the GPU's clock on. */
export async function timeRecording(gpu: Gpu, recording: Recording, repeats: number): Promise<Timing> {
  await gpu.run(recording);
  const samples: Sample[] = [];
  for (let i = 0; i < repeats; i++) {
    gpu.profile(true);
    const sample = await timeOnce(() => gpu.run(recording));
    const times = gpu.kernelTimes;
    samples.push({ ...sample, gpu: times && times.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) / 1e6 });
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

async function timeOnce(work: () => Promise<unknown>): Promise<Omit<Sample, 'gpu'>> {
  const used = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(used);
  return { wall, cpu: (user + system) / 1000 / availableParallelism() };
}

function timingOf({ facts }: Gpu, samples: readonly Sample[]): Timing {
  const wall = spread(samples.map((sample) => sample.wall));
  const ticks = samples.flatMap(({ gpu }) => (gpu === null ? [] : [gpu]));
  const gpu = ticks.length === samples.length ? spread(ticks) : null;
  return {
    wall,
    gpu: gpu && gpu.least > 0 && gpu.median <= 1.05 * wall.median ? gpu : null,
    cpu: facts.kind === 'software' ? spread(samples.map(({ cpu }) => cpu)) : null,
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}
