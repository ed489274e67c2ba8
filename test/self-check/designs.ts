import type { AdapterFacts } from '../../src/gpu/gpu.js';
import { nullGpu } from '../../src/gpu/null.js';
import { type Design, designFor, PRECISIONS } from '../../src/kernels/design.js';
import type { Family } from '../../src/kernels/family.js';

/** The designs of a family in every precision, on any class of adapter; on that of a null device where none is given. */
export function designsOf(family: Family, facts: AdapterFacts = nullGpu().facts): Design[] {
  return PRECISIONS.map((precision) => designFor(facts, { precision, family }));
}
