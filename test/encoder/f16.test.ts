import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Encoder } from '../../src/encoder/encoder.js';
import { allocateWorkspace } from '../../src/encoder/workspace.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { nullGpu } from '../../src/gpu/null.js';
import type { Graph } from '../../src/graph/graph.js';
import { fromHalves, toHalves } from '../../src/half.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { values } from '../kernels/run-kernel.js';
import { weightsOf } from '../models/tiny.js';
import { openTestGpu } from '../open-gpu.js';
import { runGraphF64 } from '../reference/forward.js';
import { tinyResNetTensors } from '../reference/tiny-resnet.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';
import { runPlan } from './run-plan.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const n = 2;
const VIT = { width: 16, depth: 1, patch: 4, side: 3, hidden: 20, registers: 1, classes: 3 };
const MODELS: readonly (readonly [string, number, () => Promise<Model>])[] = [
  ['ResNet', 9, () => loadModel(weightsOf(tinyResNetTensors(1, { blocks: [1, 1], width: 3 })), { size: 9 })],
  ['ViT', 12, () => loadModel(weightsOf(tinyViTTensors(1, VIT)), { heads: 2 })],
  ['ViT with SwiGLU', 12, () => loadModel(weightsOf(tinyViTTensors(2, { ...VIT, swiglu: true })), { heads: 2 })],
];
const inputOf = (size: number) => values(n * size * size * 3, 1, -2, 2);
const allNodes = ({ graph }: Model) => graph.nodes.map(({ name }) => name);

/** Weights that are packed as halves, as halves; all other parameters as they are. */
function halved({ graph, parameters }: Model): Map<string, Float32Array> {
  const rounded = new Map(parameters);
  for (const { op } of graph.nodes)
    if (op.kind === 'conv' || op.kind === 'patch-embed' || op.kind === 'linear')
      rounded.set(op.weight, fromHalves(toHalves(parameters.get(op.weight)!)));
  return rounded;
}

describe.each(MODELS)('a random %s in precision f16', (_, size, load) => {
  test('every node is a half, within its rounding of the float64 value for the halves that it reads', async () => {
    const model = await load();
    const input = inputOf(size);
    const found = await runPlan(gpu, model, input, n, { taps: allNodes(model), fuse: false }, { precision: 'f16' });
    const oracle = runGraphF64(model.graph, halved(model), input, n, found);
    for (const [node, wanted] of oracle) {
      const values = found.get(node)!;
      expect(fromHalves(toHalves(values)), node).toEqual(values);
      const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (const [i, value] of wanted.entries()) {
        // Half an ulp of a half, 2⁻¹¹ relative or 2⁻²⁵, beside the 1e-4 of the largest value that f32 may be off.
        const bound = Math.max(2 ** -11 * Math.abs(value), 2 ** -25) + 1.001e-4 * largest;
        expect(Math.abs(values[i]! - value), `${node} ${i}`).toBeLessThanOrEqual(bound);
      }
    }
  });
});

test('an op other than a convolution that reads the views is refused by its name', async () => {
  const nothing = nullGpu();
  const input = { channels: 3, height: 4, width: 4 };
  const graph: Graph = {
    family: 'x',
    input,
    nodes: [{ name: 'first', label: '', op: { kind: 'relu' }, inputs: ['input'] }],
  };
  using encoder = await Encoder.load(nothing, { graph, parameters: new Map() }, { precision: 'f16' });
  const plan = encoder.plan({ taps: ['first'] });
  using workspace = await allocateWorkspace(nothing, plan, 1);
  await expect(encoder.bind(plan, workspace)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('node first'),
    hint: expect.stringContaining('f32'),
  });
});

test('a plan of halves is refused by an encoder of floats', async () => {
  const nothing = nullGpu();
  const model = await MODELS[0]![2]();
  using halves = await Encoder.load(nothing, model, { precision: 'f16' });
  using floats = await Encoder.load(nothing, model);
  const plan = halves.plan({ taps: model.defaultTaps });
  using workspace = await allocateWorkspace(nothing, plan, 1);
  await expect(floats.bind(plan, workspace)).rejects.toMatchObject({ code: 'BAD_OPTION' });
});

test('a value beyond the largest half becomes infinity, not another number', async () => {
  const tensors = tinyResNetTensors(1, { blocks: [1], width: 3 });
  const weight = tensors.get('bn1.weight')!;
  tensors.set('bn1.weight', { ...weight, data: Float32Array.from(weight.data, () => 1e6) });
  const model = await loadModel(weightsOf(tensors), { size: 9 });
  const { name } = model.graph.nodes[1]!;
  const found = await runPlan(gpu, model, inputOf(9), n, { taps: [name] }, { precision: 'f16' });
  const exact = await runPlan(gpu, model, inputOf(9), n, { taps: [name] });
  const beyond = exact
    .get(name)!
    .map((value) => (Math.abs(value) > 65_600 ? Math.sign(value) * Number.POSITIVE_INFINITY : 0));
  expect(beyond.some((value) => value !== 0)).toBe(true);
  for (const [i, value] of beyond.entries()) if (value !== 0) expect(found.get(name)![i]).toBe(value);
});
