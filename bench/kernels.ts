import type { Gpu } from '../src/gpu/gpu.js';
import type { Model } from '../src/models/load.js';
import { type Baseline, compare, KERNELS_SCHEMA } from './baseline.js';
import { type Case, type CaseResult, measureCase } from './case.js';
import { measureCosts } from './costs.js';
import { measureOverhead } from './overhead.js';
import type { KernelsReport } from './print-kernels.js';
import { attained } from './roofline.js';
import { larger, measureRoofs } from './roofs.js';
import { best, clockOf } from './timing.js';

/** What is measured, and how. */
export interface KernelsRequest {
  readonly cases: readonly Case[];
  /** Times that each is run after a warm-up. */
  readonly repeats: number;
  /** Whether the driver bounds every memory access of a shader. */
  readonly robust: boolean;
  /** The encoder whose analysis is measured against its plain forward passes; left out, that is not. */
  readonly overheadOf?: Model;
  readonly baseline?: { readonly file: string; readonly content: Baseline };
  /** Told the name of a case before it is measured. */
  readonly onCase?: (name: string, index: number) => void;
  readonly signal?: AbortSignal;
}

/** Measures roofs, costs, kernels, and the roofs again. @throws the signal's reason where it is raised between two cases */
export async function measureKernels(gpu: Gpu, request: KernelsRequest): Promise<KernelsReport> {
  const { cases, repeats, robust, overheadOf, baseline, onCase, signal } = request;
  const adapter = gpu.facts;
  const before = await measureRoofs(gpu, repeats);
  const costs = await measureCosts(gpu, repeats);
  const measured: CaseResult[] = [];
  for (const [index, one] of cases.entries()) {
    signal?.throwIfAborted();
    onCase?.(one.name, index);
    measured.push(await measureCase(gpu, one, repeats));
  }
  const overhead = overheadOf ? await measureOverhead(gpu, overheadOf, repeats) : null;
  const after = await measureRoofs(gpu, repeats);
  const roofs = larger(before, after);
  return {
    schema: KERNELS_SCHEMA,
    adapter,
    robust,
    repeats,
    before,
    after,
    roofs,
    costs,
    kernels: measured.map((row) => ({
      ...row,
      clock: clockOf(row.timing),
      ...attained(row, best(row.timing).median, roofs),
    })),
    overhead,
    comparison: baseline
      ? { file: baseline.file, ...compare(baseline.content, { roofs, kernels: measured, adapter }) }
      : null,
  };
}
