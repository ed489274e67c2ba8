import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { values } from '../kernels/run-kernel.js';
import { weightsOf } from '../models/tiny.js';
import { openTestGpu } from '../open-gpu.js';
import { readGolden } from '../read-golden.js';
import { nchwToNhwc, runGraphF64 } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';
import { type TinyViT, tinyViTTensors } from '../reference/tiny-vit.js';
import { relativeError, runPlan } from './run-plan.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const allNodes = ({ graph }: Model) => graph.nodes.map(({ name }) => name);

test.each([
  ['vit', 4],
  ['vit-reg-layerscale', 3],
])('every node of %s is within 1e-4 of its largest golden value', async (name, heads) => {
  const file = await readGolden(`${name}/f.safetensors`);
  const model = await loadModel(await openSafetensors(bufferSource(file, name)), { heads });
  const { channels, height, width } = model.graph.input;
  const views = readSafetensors(await readGolden(`${name}/views.safetensors`)).get('views')!;
  const first = views.data.subarray(0, channels * height * width);
  const input = Float32Array.from(nchwToNhwc(first, 1, model.graph.input));
  const taps = await runPlan(gpu, model, input, 1, { taps: allNodes(model) });
  const expected = readSafetensors(await readGolden(`${name}/activations.safetensors`));
  const { nodes } = JSON.parse(new TextDecoder().decode(await readGolden(`${name}/golden.json`)));
  expect([...expected.keys()]).toEqual(nodes);
  for (const [node, { data }] of expected) expect(relativeError(taps.get(node)!, data), node).toBeLessThan(1e-4);
});

const ALL_FAMILIES: TinyViT = {
  width: 20,
  depth: 2,
  patch: 4,
  side: 4,
  registers: 5,
  layerScale: true,
  qkvBias: false,
};

/** Sizes that no kernel's tile divides. */
const TWINS: readonly (readonly [string, TinyViT, number])[] = [
  ['3 heads of 4, patches of 2', { width: 12, depth: 2, patch: 2, side: 3, hidden: 7, classes: 3 }, 3],
  ['5 registers, LayerScale, no bias of queries, keys and values', ALL_FAMILIES, 1],
  [
    'SwiGLU, patches of 14, positions of patches alone',
    { width: 32, depth: 1, patch: 14, side: 3, swiglu: true, hidden: 20, positions: 'patches' },
    2,
  ],
  ['no class token, patches of 8', { width: 24, depth: 1, patch: 8, side: 2, classToken: false, classes: 5 }, 2],
  [
    'a norm and a classifier for the mean of its patches, 2 registers',
    { width: 12, depth: 1, patch: 4, side: 3, registers: 2, fcNorm: true, classes: 3 },
    3,
  ],
  ['65 patches and more, heads of 64', { width: 128, depth: 1, patch: 2, side: 9, hidden: 33, registers: 1 }, 2],
];

describe.each(TWINS)('a random ViT with %s', (_, tiny, heads) => {
  const n = 3;
  const size = tiny.patch * tiny.side;
  const input = values(n * size * size * 3, 1, -2, 2);
  const load = (seed: number) => loadModel(weightsOf(tinyViTTensors(seed, tiny)), { heads });

  // One ViT goes through every family; more would only compile the same kernels again.
  test.each(tiny === ALL_FAMILIES ? FAMILIES : (['own'] as const))(
    'every node is within 1e-4 of float64, family %s',
    async (family) => {
      const model = await load(1);
      const taps = await runPlan(gpu, model, input, n, { taps: allNodes(model) }, family === 'own' ? {} : { family });
      for (const [node, wanted] of runGraphF64(model.graph, model.parameters, Float64Array.from(input), n))
        expect(relativeError(taps.get(node)!, wanted), node).toBeLessThan(1e-4);
    },
  );

  test('fused and unfused plans give equal bits', async () => {
    const model = await load(2);
    const taps = [...model.defaultTaps, model.graph.nodes.at(-1)!.name];
    const fused = await runPlan(gpu, model, input, n, { taps, fuse: true });
    const unfused = await runPlan(gpu, model, input, n, { taps, fuse: false });
    expect([...fused.keys()]).toEqual(taps);
    for (const [node, found] of fused) {
      const [a, b] = [found, unfused.get(node)!].map(({ buffer }) => Buffer.from(buffer));
      expect(a!.equals(b!), node).toBe(true);
    }
  });
});
