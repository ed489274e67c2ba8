import type { AdapterFacts } from '../gpu/gpu.js';

/**
 * Designs of the convolution, one shader each. All sum K in the same order, so the choice changes no bit where the
 * adapter does not contract a·b + c:
 * - `quad`: CPU drivers; values shared by rotation within a quad (needs subgroups of at least 4);
 * - `tile`: GPUs; slices of K in workgroup memory;
 * - `register`: anything else.
 */
export type Family = 'quad' | 'tile' | 'register';
export const FAMILIES: readonly Family[] = ['quad', 'tile', 'register'];

const TILE_THREADS = 256;
const TILE_BYTES = 16_384;

/** The family for an adapter: a function of what the adapter is, never of the batch. */
export function familyFor(facts: AdapterFacts): Family {
  if (facts.kind === 'software') return facts.subgroups !== null && facts.subgroups.min >= 4 ? 'quad' : 'register';
  const { maxComputeInvocationsPerWorkgroup: threads, maxComputeWorkgroupStorageSize: bytes } = facts.limits;
  return threads >= TILE_THREADS && bytes >= TILE_BYTES ? 'tile' : 'register';
}
