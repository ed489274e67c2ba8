import { expect, test } from 'vitest';
import type { AdapterFacts } from '../../src/gpu/gpu.js';
import { nullGpu } from '../../src/gpu/null.js';
import { FAMILIES, familyFor } from '../../src/kernels/family.js';

/** kind, subgroups, invocations and bytes of a workgroup → family */
test.each([
  ['software', { min: 4, max: 4 }, 256, 16384, 'quad'],
  ['software', { min: 8, max: 8 }, 1024, 32768, 'quad'],
  ['software', { min: 1, max: 4 }, 256, 16384, 'register'],
  ['software', null, 256, 16384, 'register'],
  ['hardware', { min: 32, max: 32 }, 1024, 32768, 'tile'],
  ['hardware', { min: 4, max: 128 }, 256, 16384, 'tile'],
  ['hardware', null, 256, 16384, 'tile'],
  ['hardware', null, 128, 16384, 'register'],
  ['hardware', null, 256, 8192, 'register'],
] as const)('%s, subgroups %o, %i threads and %i bytes: %s', (kind, subgroups, threads, bytes, family) => {
  const base = nullGpu().facts;
  const limits: AdapterFacts['limits'] = {
    ...base.limits,
    maxComputeInvocationsPerWorkgroup: threads,
    maxComputeWorkgroupStorageSize: bytes,
  };
  expect(familyFor({ ...base, kind, subgroups, limits })).toBe(family);
  expect(FAMILIES).toContain(family);
});
