import { expect } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { nchwToNhwc, nhwcToNchw } from '../reference/forward.js';
import { photographs, sampledNodes } from '../reference/sampled-nodes.js';
import { resnet34, resnet50 } from '../reference/seeded-weights.js';
import { runPlan } from './run-plan.js';

const WEIGHTS = { resnet34, resnet50 };

/** Runs a full-width ResNet on a photograph of 224 × 224 pixels; each tap must be within 1e-4 of what PyTorch computed. */
export async function compareWithPyTorch(
  gpu: Gpu,
  name: keyof typeof WEIGHTS,
  tapsOf: (model: Model) => readonly string[],
): Promise<void> {
  const model = await loadModel(WEIGHTS[name]());
  const expected = await sampledNodes(name);
  expect(model.graph.nodes.map((node) => node.name)).toEqual([...expected.keys()]);
  const { data, shape } = await photographs();
  const input = Float32Array.from(nchwToNhwc(data.subarray(0, 3 * shape[2]! ** 2), 1, model.graph.input));
  const taps = await runPlan(gpu, model, input, 1, { taps: tapsOf(model) });
  const shapes = inferShapes(model.graph);
  for (const [node, values] of taps) {
    const wanted = expected.get(node)!;
    expect(reportShape(shapes.get(node)!), node).toEqual(wanted.shape);
    const found = nhwcToNchw(values, 1, shapes.get(node)!);
    const errors = Array.from(wanted.values[0], (value, i) => Math.abs(found[wanted.at[i]!]! - value));
    expect(Math.max(...errors) / wanted.largest[0], node).toBeLessThan(1e-4);
  }
}
