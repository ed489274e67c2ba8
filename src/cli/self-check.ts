import type { Encoder } from '../encoder/encoder.js';
import { MemgpuError } from '../errors.js';
import { hasPassed, keepPassed } from '../platform/passed-checks.js';
import { useOf, variantOf } from '../self-check/use.js';
import type { Terminal } from './terminal.js';

const SLOW_MS = 5000;

/**
 * Checks the kernels that a run with this encoder has, unless this adapter, with this driver and version of memgpu, has
 * passed that before.
 * @param compared views of an image that are compared with each other
 * @throws GPU_ERROR naming the kernel that computes wrong values: then nothing may be measured
 */
export async function checkOnce({ gpu, graph, design }: Encoder, compared: number, terminal: Terminal): Promise<void> {
  const use = useOf({ graph, design }, compared);
  const variant = variantOf(use);
  if (hasPassed(gpu.facts, variant)) return;
  const { selfCheck } = await import('../self-check/self-check.js');
  // Drivers that compile for a minute leave nobody without a word.
  const slow = setTimeout(() => terminal.note('Self-check: comparing the kernels with float64, once.'), SLOW_MS);
  const { kernels, seconds } = await selfCheck(gpu, use).finally(() => clearTimeout(slow));
  const found = `Self-check: ${kernels} kernels and a small network agree with float64, ${seconds.toFixed(1)} s`;
  terminal.note(`${found}; ${keep(gpu.facts, variant)}.`);
}

/** A run goes on where nothing can be kept. */
function keep(adapter: Encoder['gpu']['facts'], variant: string): string {
  try {
    keepPassed(adapter, variant);
    return 'not repeated on this adapter';
  } catch (error) {
    if (!(error instanceof MemgpuError)) throw error;
    return `repeated every time, as it cannot be kept (${error.message})`;
  }
}
