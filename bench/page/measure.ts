import { openBrowserGpu } from '../../src/platform/browser-gpu.js';
import { measureKernels } from '../kernels.js';
import { madeUpResNet9 } from '../made-up.js';
import type { KernelsReport } from '../print-kernels.js';
import { choose, standardCases } from '../standard.js';

export interface Settings {
  /** Patterns of names, separated by commas; '' stands for every kernel, and the cost of an analysis. */
  readonly only: string;
  readonly repeats: number;
}

export interface Step {
  readonly name: string;
  readonly done: number;
  readonly of: number;
}

/** Measures this browser's adapter. A page's driver always bounds the memory accesses of shaders. @throws NO_ADAPTER, BAD_OPTION */
export async function measureHere(
  { only, repeats }: Settings,
  onStep: (step: Step) => void,
  signal: AbortSignal,
): Promise<KernelsReport> {
  const model = await madeUpResNet9();
  await using gpu = await openBrowserGpu();
  const all = standardCases(model, gpu.facts.kind);
  const cases = only.trim() === '' ? all : choose(all, 'only', only.replaceAll(' ', ''));
  return await measureKernels(gpu, {
    cases,
    repeats,
    robust: true,
    ...(cases === all ? { overheadOf: model } : {}),
    onCase: (name, done) => onStep({ name, done, of: cases.length }),
    signal,
  });
}
