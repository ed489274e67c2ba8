import type { AdapterFacts } from '../gpu/gpu.js';
import type { Storage } from '../half.js';
import { adapterClass } from './adapter-class.js';
import { familyFor } from './family.js';
import type { Tiling } from './tiles.js';

/**
 * How numbers are stored and summed:
 * - `f32`: as the reference does, each sum in one order;
 * - `f16`: activations and weights are stored as halves, the views and all other numbers in f32; sums as in `f32`;
 * - `f32-winograd`: the same, but 3×3 convolutions of stride 1 by Winograd F(2×2, 3×3), which sums in another order.
 */
export type Precision = 'f32' | 'f16' | 'f32-winograd';
export const PRECISIONS: readonly Precision[] = ['f32', 'f16', 'f32-winograd'];

/** How the kernels of an encoder are made: by which family and tiles, and how numbers are stored. */
export interface Design extends Tiling {
  readonly precision: Precision;
}

/** How a precision stores activations and packed weights. */
export function storageOf(precision: Precision): Storage {
  return precision === 'f16' ? 'f16' : 'f32';
}

/** The adapter's own design, but for what is chosen. */
export function designFor(facts: AdapterFacts, chosen: Partial<Design> = {}): Design {
  return { ...tilingFor(facts), precision: 'f32', ...chosen };
}

/** What tiles are chosen by on an adapter: its own, but for what is chosen. */
export function tilingFor(facts: AdapterFacts, chosen: Partial<Tiling> = {}): Tiling {
  const { maxComputeInvocationsPerWorkgroup: invocations, maxComputeWorkgroupStorageSize: bytes } = facts.limits;
  return {
    family: familyFor(facts),
    adapter: adapterClass(facts),
    limits: { invocations, bytes },
    tiles: {},
    ...chosen,
  };
}
