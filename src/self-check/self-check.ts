/**
 * Known-answer runs: kernels and small networks on numbers whose answers are computed beside them in float64. A driver that
 * computes wrong values is found before it has a say in a report.
 */
import { MemgpuError } from '../errors.js';
import type { AdapterFacts, Gpu } from '../gpu/gpu.js';
import { designFor, PRECISIONS } from '../kernels/design.js';
import type { MeasuredTiles } from '../kernels/tiles.js';
import { allCases, casesOf } from './cases.js';
import { networkOf, prepareNetwork } from './networks.js';
import { type Outcome, type Prepared, prepareCases } from './run-cases.js';
import { ENCODERS, type Use } from './use.js';

export { useOf } from './use.js';

export interface SelfCheck {
  readonly outcomes: readonly Outcome[];
  /** Of these, how many are of a kernel alone; the others are nodes of networks. */
  readonly kernels: number;
  readonly seconds: number;
}

/**
 * Checks every kernel that such a run may have, and a small network of its kind.
 * @throws GPU_ERROR naming the kernel that computes wrong values; SHADER_COMPILE, DEVICE_LOST, OUT_OF_MEMORY
 */
export async function selfCheck(gpu: Gpu, use: Use): Promise<SelfCheck> {
  const check = await run(gpu, () => [
    prepareCases(gpu, casesOf(use)),
    prepareNetwork(gpu, networkOf(use), use.design),
  ]);
  assertRight(gpu.facts, check.outcomes);
  return check;
}

/**
 * Checks every kernel that an analysis may run on this adapter, and networks in every precision; judges nothing.
 * @param tiles what measuring the adapter chose
 */
export function checkEverything(gpu: Gpu, tiles: MeasuredTiles = {}): Promise<SelfCheck> {
  const designs = PRECISIONS.map((precision) => designFor(gpu.facts, { precision, tiles }));
  // A transformer has no convolution that Winograd's algorithm takes.
  const networks = designs.flatMap((design) =>
    ENCODERS.filter((encoder) => encoder === 'convolutional' || design.precision !== 'f32-winograd').map((encoder) => ({
      design,
      encoder,
    })),
  );
  return run(gpu, () => [
    prepareCases(gpu, allCases(designs)),
    ...networks.map((use) => prepareNetwork(gpu, networkOf(use), use.design)),
  ]);
}

/** One submit for all of them, and one reading. */
async function run(gpu: Gpu, prepare: () => Promise<Prepared>[]): Promise<SelfCheck> {
  const start = performance.now();
  const settled = await Promise.allSettled(prepare());
  const prepared = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    const recording = gpu.record();
    for (const one of prepared) one.record(recording);
    const bytes = await gpu.run(
      recording,
      prepared.flatMap(({ reads }) => reads),
    );
    gpu.check();
    const outcomes = prepared.flatMap((one) => one.judge(bytes.splice(0, one.reads.length)));
    const kernels = outcomes.filter(({ of }) => of === 'kernel').length;
    return { outcomes, kernels, seconds: (performance.now() - start) / 1000 };
  } finally {
    for (const one of prepared) one.dispose();
  }
}

export function isRight({ share }: Outcome): boolean {
  return share <= 1;
}

/** @throws GPU_ERROR naming the first kernel that is not right */
export function assertRight(adapter: AdapterFacts, outcomes: readonly Outcome[]): void {
  const [first, ...others] = outcomes.filter((outcome) => !isRight(outcome));
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `; so ${others.length === 1 ? 'is 1 other' : `are ${others.length} others`}`;
  throw new MemgpuError(
    'GPU_ERROR',
    `${adapter.name} computes wrong values: ${first.of} ${first.name} is off by ${shown(first.error)}, where ${shown(first.allowed)} is allowed${more}`,
    {
      hint: 'Update the graphics driver, or use another adapter; please report it with the output of `memgpu doctor`. Nothing was measured.',
    },
  );
}

/** An error as a message says it. */
function shown(value: number): string {
  return Number.isFinite(value) ? value.toExponential(1) : 'no finite number';
}
