import type { AdapterFacts } from '../gpu/gpu.js';
import { type Family, familyFor } from './family.js';

/**
 * How numbers are stored and summed:
 * - `f32`: as the reference does, each sum in one order;
 * - `f32-winograd`: the same, but 3×3 convolutions of stride 1 by Winograd F(2×2, 3×3), which sums in another order.
 */
export type Precision = 'f32' | 'f32-winograd';
export const PRECISIONS: readonly Precision[] = ['f32', 'f32-winograd'];

/** How the kernels of an encoder are made. */
export interface Design {
  readonly family: Family;
  readonly precision: Precision;
}

/** The adapter's own design, but for what is chosen. */
export function designFor(facts: AdapterFacts, chosen: Partial<Design> = {}): Design {
  return { family: familyFor(facts), precision: 'f32', ...chosen };
}
