import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { designFor } from '../../src/kernels/design.js';
import { casesOf } from '../../src/self-check/cases.js';
import { checkEverything, isRight } from '../../src/self-check/self-check.js';
import { ENCODERS } from '../../src/self-check/use.js';
import { openTestGpu } from '../open-gpu.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

test('on this adapter every kernel and network is right, in every precision', async () => {
  const { outcomes, kernels, seconds } = await checkEverything(gpu);
  expect(outcomes.filter((outcome) => !isRight(outcome))).toEqual([]);
  expect(seconds).toBeGreaterThan(0);
  const inF32 = ENCODERS.flatMap((encoder) => casesOf({ design: designFor(gpu.facts), encoder, blocks: true }));
  // Those that both kinds of encoder have are run once, and again in halves.
  expect(kernels).toBeGreaterThan(new Set(inF32.map(({ sized }) => sized.kernel.code)).size);
  expect(outcomes.length).toBeGreaterThan(kernels);
});
