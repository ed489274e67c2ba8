import type { AdapterFacts } from '../gpu/gpu.js';
import { type Family, familyFor } from './family.js';

/**
 * How numbers are stored and summed:
 * - `f32`: as the reference does, each sum in one order.
 */
export type Precision = 'f32';
export const PRECISIONS: readonly Precision[] = ['f32'];

/** How the kernels of an encoder are made. */
export interface Design {
  readonly family: Family;
  readonly precision: Precision;
}

/** The adapter's own design, but for what is chosen. */
export function designFor(facts: AdapterFacts, chosen: Partial<Design> = {}): Design {
  return { family: familyFor(facts), precision: 'f32', ...chosen };
}
