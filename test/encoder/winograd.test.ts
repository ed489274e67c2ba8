import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { withWinograd } from '../../src/graph/winograd.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { values } from '../kernels/run-kernel.js';
import { weightsOf } from '../models/tiny.js';
import { openTestGpu } from '../open-gpu.js';
import { runGraphF64 } from '../reference/forward.js';
import { tinyResNetTensors } from '../reference/tiny-resnet.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { relativeError, runPlan } from './run-plan.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const N = 2;
const ENCODERS = [
  ['a random ResNet', tinyResNetTensors(1, { blocks: [1], width: 70 }), 11],
  ['a random ResNet-9', tinyResNet9Tensors(1, [8, 62, 9, 5]), 32],
] as const;

describe.each(ENCODERS)('%s under f32-winograd', (_, tensors, size) => {
  const input = values(N * size * size * 3, 1, -2, 2);
  const load = () => loadModel(weightsOf(tensors), { size });
  const design = { precision: 'f32-winograd' } as const;
  const allNodes = ({ graph }: Model) => graph.nodes.map(({ name }) => name);

  test('has every node within 1e-4 of the float64 oracle', async () => {
    const model = await load();
    expect(withWinograd(model.graph).nodes.length).toBeGreaterThan(model.graph.nodes.length);
    const taps = await runPlan(gpu, model, input, N, { taps: allNodes(model) }, design);
    const oracle = runGraphF64(model.graph, model.parameters, Float64Array.from(input), N);
    expect([...taps.keys()]).toEqual(allNodes(model));
    for (const [node, wanted] of oracle) expect(relativeError(taps.get(node)!, wanted), node).toBeLessThan(1e-4);
  });

  test('has equal bits fused and unfused, whatever is tapped, and for a view alone', async () => {
    const model = await load();
    const taps = model.defaultTaps;
    const fused = await runPlan(gpu, model, input, N, { taps }, design);
    const unfused = await runPlan(gpu, model, input, N, { taps, fuse: false }, design);
    const alone = await runPlan(gpu, model, input.slice(0, size * size * 3), 1, { taps: [taps.at(-1)!] }, design);
    for (const [node, found] of fused) expect(unfused.get(node), node).toEqual(found);
    for (const [node, found] of alone) expect(found, node).toEqual(fused.get(node)!.slice(0, found.length));
  });
});
