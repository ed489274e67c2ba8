import { expect } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import type { Model } from '../../src/models/load.js';
import { nchwToNhwc } from '../reference/forward.js';
import type { SampledNode } from '../reference/sampled-nodes.js';
import { runPlan } from './run-plan.js';

/**
 * Runs a transformer on the first photograph and expects every sampled value within 1e-4 of its node's largest.
 * Tokens and attention maps lie as they were sampled.
 */
export async function expectSamples(
  gpu: Gpu,
  model: Model,
  pixels: { readonly data: Float32Array },
  nodes: ReadonlyMap<string, SampledNode>,
): Promise<void> {
  const { input } = model.graph;
  const one = pixels.data.subarray(0, input.channels * input.height * input.width);
  const view = Float32Array.from(nchwToNhwc(one, 1, input));
  const taps = await runPlan(gpu, model, view, 1, { taps: [...nodes.keys()] });
  const shapes = inferShapes(model.graph);
  for (const [node, { shape, at, values, largest }] of nodes) {
    expect(reportShape(shapes.get(node)!), node).toEqual(shape);
    const found = taps.get(node)!;
    const error = Math.max(...Array.from(at, (place, i) => Math.abs(found[place]! - values[0][i]!)));
    expect(error / largest[0], node).toBeLessThan(1e-4);
  }
}
