import { expect, test } from 'vitest';
import type { AdapterFacts } from '../../src/gpu/gpu.js';
import { nullGpu } from '../../src/gpu/null.js';
import { adapterClass } from '../../src/kernels/adapter-class.js';

const FACTS: AdapterFacts = { ...nullGpu().facts, origin: 'system' };

test.each([
  ['nvidia', 'ampere', 'NVIDIA GeForce RTX 3080', 'discrete'],
  ['nvidia', 'lovelace', '', 'discrete'],
  ['NVIDIA', '', '', 'discrete'],
  ['nvidia', 'ampere', 'NVIDIA Tegra Orin (nvgpu)', 'integrated'],
  ['amd', 'rdna-3', '', 'discrete'],
  ['apple', 'metal-3', 'Apple M2 Max', 'discrete'],
  ['apple', 'metal-3', 'Apple A17 Pro', 'integrated'],
  ['apple', 'metal-3', '', 'integrated'],
  ['intel', 'gen-12lp', 'Intel(R) UHD Graphics 770', 'integrated'],
  ['intel', 'xe-hpg', 'Intel(R) Arc(tm) A770 Graphics', 'integrated'],
  ['qualcomm', 'adreno-7xx', '', 'integrated'],
  ['arm', 'valhall', 'Mali-G78', 'integrated'],
  ['img-tec', '', 'PowerVR', 'integrated'],
  ['', '', '', 'integrated'],
  ['somebody', 'new', 'GPU M1', 'integrated'],
])('hardware of %o, architecture %o, device %o: %s', (vendor, architecture, device, expected) => {
  expect(adapterClass({ ...FACTS, kind: 'hardware', vendor, architecture, device })).toBe(expected);
});

test.each([
  [{ min: 4, max: 4 }, 'embedded', 'cpu'],
  [{ min: 4, max: 4 }, 'system', 'cpu'],
  [{ min: 4, max: 4 }, 'browser', 'cpu-bounded'],
  [null, 'system', 'cpu'],
  [null, 'browser', 'cpu-bounded'],
  [{ min: 8, max: 8 }, 'system', 'cpu-wide'],
  [{ min: 8, max: 8 }, 'browser', 'cpu-wide'],
  [{ min: 4, max: 8 }, 'system', 'cpu'],
] as const)('a CPU driver with subgroups %o, from %s: %s', (subgroups, origin, expected) => {
  expect(adapterClass({ ...FACTS, kind: 'software', vendor: 'nvidia', subgroups, origin })).toBe(expected);
});
