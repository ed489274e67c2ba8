import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { Encoder } from '../../src/encoder/encoder.js';
import { allocateWorkspace } from '../../src/encoder/workspace.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { nullGpu } from '../../src/gpu/null.js';
import { makePlan } from '../../src/graph/plan.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { values } from '../kernels/run-kernel.js';
import { openTestGpu } from '../open-gpu.js';
import { nchwToNhwc, nhwcToNchw, runGraphF64 } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';
import { relativeError, runPlan } from './run-plan.js';

const golden = (file: string) => readFileSync(new URL(`../golden/resnet9/${file}`, import.meta.url));
const load = async (bytes: Uint8Array) => loadModel(await openSafetensors(bufferSource(bytes)));

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const allNodes = (model: Model) => model.graph.nodes.map(({ name }) => name);

describe('the trained ResNet-9', () => {
  test('every node is within 1e-4 of its largest golden value', async () => {
    const model = await load(golden('f.safetensors'));
    const views = readSafetensors(golden('views.safetensors')).get('views')!;
    const input = Float32Array.from(nchwToNhwc(views.data.subarray(0, 3 * 32 * 32), 1, model.graph.input));
    const taps = await runPlan(gpu, model, input, 1, { taps: allNodes(model) });
    const expected = readSafetensors(golden('activations.safetensors'));
    expect(expected.size).toBe(31);
    for (const [node, { data }] of expected) {
      const { channels, height, width } = shapeOf(data.length, node, model);
      const found = nhwcToNchw(taps.get(node)!, 1, { channels, height, width });
      expect(relativeError(found, data), node).toBeLessThan(1e-4);
    }
  });
});

function shapeOf(length: number, node: string, model: Model) {
  const { channels } = shapesOf(model).get(node)!;
  const side = Math.sqrt(length / channels);
  return { channels, height: side, width: side };
}
const shapesOf = (model: Model) =>
  new Map(makePlan(model.graph, { taps: allNodes(model) }).tensors.map(({ node, shape }) => [node, shape]));

describe('a random ResNet-9 of odd widths', () => {
  const n = 5;
  const input = values(n * 32 * 32 * 3, 1, -2, 2);
  const widths = [3, 5, 9, 14] as const;

  test.each(FAMILIES)('every node is within 1e-4 of the float64 oracle, family %s', async (family) => {
    const model = await load(tinyResNet9(1, widths));
    const taps = await runPlan(gpu, model, input, n, { taps: allNodes(model) }, { family });
    const oracle = runGraphF64(model.graph, model.parameters, Float64Array.from(input), n);
    for (const [node, wanted] of oracle) {
      expect(relativeError(taps.get(node)!, wanted), node).toBeLessThan(1e-4);
    }
  });

  test('fused and unfused plans give equal bits', async () => {
    const model = await load(tinyResNet9(2, widths));
    const taps = model.defaultTaps;
    const fused = await runPlan(gpu, model, input, n, { taps, fuse: true });
    const unfused = await runPlan(gpu, model, input, n, { taps, fuse: false });
    expect([...fused.keys()]).toEqual([...taps]);
    for (const [node, found] of fused)
      expect(Buffer.from(found.buffer).equals(Buffer.from(unfused.get(node)!.buffer)), node).toBe(true);
  });

  test('a whole plan runs on a null device, step by step', async () => {
    const nothing = nullGpu();
    const model = await load(tinyResNet9(3, widths));
    const plan = makePlan(model.graph, { taps: model.defaultTaps });
    using encoder = await Encoder.load(nothing, model);
    using workspace = await allocateWorkspace(nothing, plan, 7);
    using bound = await encoder.bind(plan, workspace);
    const recording = nothing.record();
    const seen: string[] = [];
    bound.record(recording, 7, ({ node }) => seen.push(node));
    await nothing.run(recording);
    expect(nothing.dispatched).toHaveLength(plan.steps.length);
    expect(seen).toEqual([...model.defaultTaps]);
  });

  test('a tensor that no buffer holds is refused, with the node and the largest number of views', async () => {
    const nothing = nullGpu();
    const model = await load(tinyResNet9(3, widths));
    const plan = makePlan(model.graph, { taps: model.defaultTaps });
    await expect(allocateWorkspace(nothing, plan, 20_000)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('node input'),
      hint: expect.stringContaining('8192 views'),
    });
  });
});
