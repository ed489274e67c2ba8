import type { AnalysisPlan, AnalyzedEncoder } from './analyze.js';
import { BatchRunner } from './batch-runner.js';
import type { AnalysisOptions } from './options.js';
import { SET_NAMES, type SetName } from './result.js';

/** How long a run would take, by one warm batch of it. */
export interface Estimate {
  /** Of the batch that was measured: the first images of this set. */
  readonly set: SetName;
  readonly images: number;
  readonly imagesPerSecond: number;
  /** Of all sets together. */
  readonly expectedSeconds: number;
}

/**
 * Runs one batch twice and times the second.
 * @param most images of the batch at most; default: the plan's
 * @throws what reading images and running them throws; the signal's reason once it is raised
 */
export async function estimateRun(
  encoders: readonly AnalyzedEncoder[],
  plan: AnalysisPlan,
  options: AnalysisOptions,
  { signal, most = plan.batch }: { readonly signal?: AbortSignal; readonly most?: number } = {},
): Promise<Estimate> {
  const sizes = SET_NAMES.flatMap((set) => (plan.sizes[set] === undefined ? [] : [[set, plan.sizes[set]] as const]));
  const [set, available] = sizes[0]!;
  const batch = Math.min(plan.batch, most);
  const images = Math.min(batch, available);
  using runner = await BatchRunner.open(
    encoders.map(({ encoder }) => encoder),
    plan.taps,
    plan.source,
    batch,
    options,
  );
  const measure = async () => {
    signal?.throwIfAborted();
    const start = performance.now();
    await runner.run(await runner.prepare(set, 0, images));
    return (performance.now() - start) / 1000;
  };
  await measure();
  const imagesPerSecond = images / (await measure());
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  return { set, images, imagesPerSecond, expectedSeconds: total / imagesPerSecond };
}
