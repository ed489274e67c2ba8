import { expect, test, vi } from 'vitest';
import { batchFor } from '../../bench/forward.js';
import { loadMadeUp, MADE_UP } from '../../bench/made-up.js';
import { nullGpu } from '../../src/gpu/null.js';
import { describeGraph } from '../../src/graph/facts.js';
import { makePlan } from '../../src/graph/plan.js';

// Sizes do not depend on values, and zeros cost nothing.
vi.mock('../../bench/numbers.js', () => ({ numbers: (count: number) => new Float32Array(count) }));

const named = (name: string) => MADE_UP.find((made) => made.name === name)!;

/**
 * Millions of parameters and of multiply-adds, without a classifier. ResNet-20: He et al. 2015, 0.27 M and 40.6 M;
 * ResNet-50: torchvision, 25.56 M less 2.05 M of its classifier; ViT-Tiny and ViT-B: timm, 5.72 M and 86.57 M less 0.19 M
 * and 0.77 M of theirs.
 */
test.each([
  ['resnet9@32', 1.65, 24.5],
  ['resnet20@32', 0.27, 40.6],
  ['resnet18@32', 11.2, 556],
  ['resnet50@224', 23.5, 4090],
  ['vit-tiny/16@224', 5.53, 1258],
  ['vit-base/16@224', 85.8, 17_560],
] as const)('%s has its published size', async (name, parameters, multiplyAdds) => {
  const made = named(name);
  const model = await loadMadeUp(made);
  const { totals } = describeGraph(model.graph);
  expect(totals.parameters / 1e6 / parameters).toBeCloseTo(1, 2);
  expect(totals.multiplyAdds / 1e6 / multiplyAdds).toBeCloseTo(1, 2);
  expect(model.graph.input.height).toBe(made.size);
});

test('a batch on a CPU is a multiple of what its kernels take at once, and a second of work', async () => {
  const model = await loadMadeUp(named('resnet9@32'));
  const plan = makePlan(model.graph, { taps: [model.graph.nodes.at(-1)!.name] });
  const { facts } = nullGpu();
  const software = { ...facts, kind: 'software' as const };
  expect(batchFor(plan, 24_477_696, software)).toBe(80);
  expect(batchFor(plan, 2 ** 40, software)).toBe(8);
  expect(batchFor(plan, 24_477_696, { ...facts, kind: 'hardware' })).toBe(320);
});
