import * as v from 'valibot';
import { MemgpuError } from '../src/errors.js';
import { quoted } from '../src/images/names.js';
import type { Roofs } from './roofline.js';
import { CLOCKS, type Clock, type Timing } from './timing.js';

/** What `memgpu bench kernels --json` writes into `schema`. */
export const KERNELS_SCHEMA = 'memgpu-bench-kernels/1';

/** What of an earlier run is compared. */
export interface Baseline {
  readonly adapter: { readonly name: string; readonly driver: string };
  readonly robust: boolean;
  readonly roofs: Roofs;
  readonly kernels: readonly BaselineRow[];
}

export interface BaselineRow {
  readonly name: string;
  readonly timing: Timing;
}

export interface ComparedRow {
  readonly name: string;
  /** The clock that both runs have. */
  readonly clock: Clock;
  /** Medians, ms. */
  readonly before: number;
  readonly now: number;
  /** now / before. */
  readonly ratio: number;
  /** Whether each median lies outside the other run's range: else the difference may be chance. */
  readonly outside: boolean;
}

/** What a run is compared by. */
export type ComparedRun = Pick<Baseline, 'roofs' | 'kernels'> & { readonly adapter: { readonly driver: string } };

export interface Comparison {
  /** Now / before: where the roofs changed, it was the machine that did, or what else ran on it. */
  readonly roofs: Roofs;
  readonly rows: readonly ComparedRow[];
  /** Measured now, but not in the earlier run. */
  readonly added: readonly string[];
  /** Whether the driver is another one than in the earlier run. */
  readonly otherDriver: boolean;
}

const TIME = v.pipe(v.number(), v.finite(), v.minValue(0));
const RATE = v.pipe(TIME, v.gtValue(0));
const SPREAD = v.pipe(
  v.object({ median: TIME, least: TIME, most: TIME }),
  v.check(({ median, least, most }) => least <= median && median <= most && median > 0, 'a median outside its range'),
);
const BASELINE = v.object({
  schema: v.literal(KERNELS_SCHEMA),
  adapter: v.object({ name: v.string(), driver: v.string() }),
  robust: v.boolean(),
  roofs: v.object({ arithmetic: RATE, memory: RATE }),
  kernels: v.array(
    v.object({
      name: v.string(),
      timing: v.object({ wall: SPREAD, gpu: v.nullable(SPREAD), cpu: v.nullable(SPREAD) }),
    }),
  ),
});

/**
 * Reads what `memgpu bench kernels --json` printed.
 * @param file for messages
 * @throws BAD_OPTION saying what is wrong with it
 */
export function parseBaseline(text: string, file: string): Baseline {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw bad(`${quoted(file)} is no JSON`);
  }
  const parsed = v.safeParse(BASELINE, document);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw bad(`${quoted(file)}: ${v.getDotPath(issue) ?? 'it'}: ${quoted(issue.message)}`);
}

/** @throws BAD_OPTION where the earlier run was on another adapter, or had other bounds on memory accesses */
export function checkSameAdapter(
  baseline: Baseline,
  file: string,
  adapter: Baseline['adapter'],
  robust: boolean,
): void {
  if (baseline.adapter.name !== adapter.name)
    throw new MemgpuError(
      'BAD_OPTION',
      `--baseline: ${quoted(file)} was measured on ${quoted(baseline.adapter.name)}, not on ${quoted(adapter.name)}`,
      { hint: 'Choose its adapter by --adapter, or another file.' },
    );
  if (baseline.robust !== robust)
    throw new MemgpuError(
      'BAD_OPTION',
      `--baseline: ${quoted(file)} was measured with memory accesses ${baseline.robust ? '' : 'not '}bounded by the driver`,
      { hint: 'Measure it again with this version.' },
    );
}

/** Compares rows of equal names by the best clock that both runs have. */
export function compare(baseline: Baseline, { roofs, kernels, adapter }: ComparedRun): Comparison {
  const before = new Map(baseline.kernels.map(({ name, timing }) => [name, timing]));
  return {
    roofs: {
      arithmetic: roofs.arithmetic / baseline.roofs.arithmetic,
      memory: roofs.memory / baseline.roofs.memory,
    },
    rows: kernels.flatMap(({ name, timing }) => {
      const earlier = before.get(name);
      return earlier ? [compareTimings(name, earlier, timing)] : [];
    }),
    added: kernels.flatMap(({ name }) => (before.has(name) ? [] : [name])),
    otherDriver: baseline.adapter.driver !== adapter.driver,
  };
}

function compareTimings(name: string, before: Timing, now: Timing): ComparedRow {
  const clock = CLOCKS.find((known) => before[known] && now[known]) ?? 'wall';
  const [earlier, later] = [before[clock] ?? before.wall, now[clock] ?? now.wall];
  const beyond = (value: number, { least, most }: Timing['wall']) => value < least || value > most;
  return {
    name,
    clock,
    before: earlier.median,
    now: later.median,
    ratio: later.median / earlier.median,
    outside: beyond(later.median, earlier) && beyond(earlier.median, later),
  };
}

function bad(message: string): MemgpuError {
  return new MemgpuError('BAD_OPTION', `--baseline: ${message}`, {
    hint: 'Give what `memgpu bench kernels --json` printed with this version.',
  });
}
