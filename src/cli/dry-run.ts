import { type AnalysisInput, type AnalysisPlan, planAnalysis } from '../analysis/analyze.js';
import { BatchRunner } from '../analysis/batch-runner.js';
import { chunksOf } from '../analysis/chunks.js';
import { estimateRun } from '../analysis/estimate.js';
import type { AnalysisOptions } from '../analysis/options.js';
import { SET_NAMES } from '../analysis/result.js';
import type { AdapterFacts, Gpu } from '../gpu/gpu.js';
import { nullGpu } from '../gpu/null.js';
import type { Precision } from '../kernels/design.js';
import type { LoadedEncoder } from '../library.js';
import { assertSameArchitecture } from '../models/same-architecture.js';
import { byteCount, counted, duration, rate } from '../report/amounts.js';
import { textTable } from '../report/table.js';
import type { AnalysisSources, OpenSources } from './analysis-sources.js';
import { endIfInterrupted } from './interrupt.js';

const WIDTH = 100;

export interface DryRunParts {
  readonly named: AnalysisSources;
  readonly sources: OpenSources;
  readonly options: AnalysisOptions;
  readonly gpu: Gpu;
  readonly f: LoadedEncoder;
  readonly g: LoadedEncoder | undefined;
  /** Loads an encoder for another device. */
  readonly load: (gpu: Gpu, path: string) => Promise<LoadedEncoder>;
  readonly signal: AbortSignal;
  /** Whether the lines list the kernels. */
  readonly verbose: boolean;
}

/** What a run would do, as plain data. */
export interface DryRun {
  readonly mode: AnalysisOptions['mode'];
  readonly adapter: AdapterFacts;
  readonly sets: Readonly<Record<string, number>>;
  readonly layers: readonly string[];
  readonly views: number;
  readonly precision: Precision;
  /** Images per submission. */
  readonly batch: number;
  readonly chunks: number;
  /** Bytes on the adapter: the most at once, weights included. */
  readonly memory: number;
  /** Kernels of one batch, in order of their first dispatch. */
  readonly kernels: readonly { readonly label: string; readonly dispatches: number }[];
  readonly imagesPerSecond: number;
  readonly expectedSeconds: number;
}

/** What would be run. @throws SHAPE_MISMATCH, BAD_OPTION as `planAnalysis` and where f and g differ in shape */
export function checkedPlan({
  sources,
  options,
  f,
  g,
}: Pick<DryRunParts, 'sources' | 'options' | 'f' | 'g'>): AnalysisPlan {
  if (g) assertSameArchitecture(f.model, g.model);
  const input: AnalysisInput = 'givenViews' in sources ? { views: sources.givenViews } : sources;
  return planAnalysis({ f, g, input, options });
}

/** Plans a run and measures one warm batch of it. Writes nothing. */
export async function planDryRun(parts: DryRunParts): Promise<{ json: DryRun; lines: string[] }> {
  const { options, gpu, f, g, signal, verbose } = parts;
  const plan = checkedPlan(parts);
  const sizes = SET_NAMES.flatMap((set) => (plan.sizes[set] === undefined ? [] : [[set, plan.sizes[set]] as const]));
  endIfInterrupted(signal);
  const { set, images, imagesPerSecond, expectedSeconds } = await estimateRun(g ? [f, g] : [f], plan, options);
  endIfInterrupted(signal);
  const json: DryRun = {
    mode: options.mode,
    adapter: gpu.facts,
    sets: Object.fromEntries(sizes),
    layers: plan.taps,
    views: plan.views,
    precision: f.encoder.design.precision,
    batch: plan.batch,
    chunks: chunksOf(plan.sizes).length,
    memory: gpu.peakBytes,
    kernels: await kernelsOf(parts, plan.taps, plan.source, images, set),
    imagesPerSecond,
    expectedSeconds,
  };
  return { json, lines: linesOf(json, f, g, verbose) };
}

/** Runs the same batch on no device, which tells what would be dispatched. */
async function kernelsOf(
  { named, load, gpu, options }: DryRunParts,
  taps: readonly string[],
  source: Parameters<typeof BatchRunner.open>[2],
  images: number,
  set: Parameters<BatchRunner['prepare']>[0],
): Promise<DryRun['kernels']> {
  const nothing = nullGpu(gpu.facts);
  const paths = [named.encoder, ...(named.reference === undefined ? [] : [named.reference])];
  const encoders = [];
  for (const path of paths) encoders.push((await load(nothing, path)).encoder);
  using runner = await BatchRunner.open(encoders, taps, source, images, options);
  await runner.run(await runner.prepare(set, 0, images));
  const counts = new Map<string, number>();
  for (const { label } of nothing.dispatched) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, dispatches]) => ({ label, dispatches }));
}

function linesOf(plan: DryRun, f: LoadedEncoder, g: LoadedEncoder | undefined, verbose: boolean): string[] {
  const sets = Object.entries(plan.sets).map(([set, n]) => `${n} ${set}`);
  const dispatches = plan.kernels.reduce((sum, kernel) => sum + kernel.dispatches, 0);
  const facts = [
    ['encoders', `${f.facts.family}: ${f.facts.file}${g ? ` against ${g.facts.file}` : ''}`],
    ['mode', plan.mode],
    ['images', `${sets.join(', ')}; ${counted(plan.views, 'view')} each`],
    ['layers', `${plan.layers.length}: ${plan.layers.join(', ')}`],
    ...(plan.precision === 'f32'
      ? []
      : [['precision', `${plan.precision}; its error is measured first, which the time below leaves out`]]),
    ['adapter', `${plan.adapter.name} (${plan.adapter.kind})`],
    ['memory', `${byteCount(plan.memory)} on the adapter`],
    ['batch', counted(plan.batch, 'image')],
    ['chunks', String(plan.chunks)],
    [
      'kernels',
      `${plan.kernels.length}, in ${dispatches} dispatches for a batch${verbose ? '' : ' (--verbose lists them)'}`,
    ],
    ['speed', `${rate(plan.imagesPerSecond)} images per second, measured on one warm batch`],
    ['expected', duration(plan.expectedSeconds)],
  ];
  const text = facts.map(([name, value]) => `${name!.padEnd(10)}${value}`);
  if (!verbose) return text;
  const kernels = textTable(
    [
      { title: 'kernel', align: 'left' },
      { title: 'dispatches', align: 'right' },
    ],
    plan.kernels.map(({ label, dispatches }) => [label, String(dispatches)]),
    WIDTH,
  );
  return [...text, '', ...kernels];
}
