import type { JobName } from './jobs.js';

export type Host = 'Chromium' | 'Node' | 'Python';
export type Backend = 'WebGPU' | 'WASM' | 'CPU' | 'CUDA';

/** What was measured; times in ms. */
export interface PeersResult {
  readonly schema: 'memgpu-peers/1';
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Version of every program that took part. */
  readonly versions: Readonly<Record<string, string>>;
  readonly jobs: readonly JobResult[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Adapter and driver by host, as memgpu was given them. */
  readonly adapters: Readonly<Partial<Record<Host, string>>>;
}

export interface JobResult {
  readonly name: JobName;
  readonly title: string;
  /** Units in one run, and what they are; null where the rate is in GFLOP/s alone. */
  readonly units: number | null;
  readonly unit: string | null;
  readonly flops: number;
  /** Largest absolute value of the float64 output, and the largest difference allowed. */
  readonly peak: number;
  readonly tolerance: number;
  readonly target: number | null;
  readonly rows: readonly Row[];
  readonly absent: readonly Absent[];
}

export interface Row {
  readonly peer: string;
  readonly host: Host;
  readonly backend: Backend;
  readonly ours: boolean;
  readonly create: number;
  readonly first: number;
  /** Each timed run. */
  readonly runs: readonly number[];
  /** Cores that other programs used during each run; null where it could not be told. */
  readonly foreign: readonly (number | null)[];
  /** Largest difference to the float64 output. */
  readonly difference: number;
}

export interface Absent {
  readonly peer: string;
  readonly reason: string;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly n: number;
}

/** Of an even number, the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)!, n: sorted.length };
}

/** memgpu in Chromium against the fastest other WebGPU program there. */
export interface Comparison {
  readonly ours: Row;
  readonly best: Row;
  /** How many times as fast memgpu is, by medians. */
  readonly ratio: number;
  /** The same by each one's quickest run, which other work on the machine disturbs least. */
  readonly quickest: number;
}

/** Null where one of the two was not measured. */
export function compareInChromium({ rows }: JobResult): Comparison | null {
  const candidates = rows.filter(({ host, backend }) => host === 'Chromium' && backend === 'WebGPU');
  const median = ({ runs }: Row) => spreadOf(runs).median;
  const ours = candidates.find((row) => row.ours);
  const [best] = candidates.filter((row) => !row.ours).sort((a, b) => median(a) - median(b));
  if (!ours || !best) return null;
  const quickest = Math.min(...best.runs) / Math.min(...ours.runs);
  return { ours, best, ratio: median(best) / median(ours), quickest };
}
