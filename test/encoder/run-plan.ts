import { Encoder, type EncoderModel } from '../../src/encoder/encoder.js';
import { allocateWorkspace } from '../../src/encoder/workspace.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import type { PlanOptions } from '../../src/graph/plan.js';
import type { Design } from '../../src/kernels/design.js';
import { padChannels } from '../kernels/run-kernel.js';
import { unpadTap } from './read-tap.js';

/** Runs a plan over `n` views [n, H, W, 3] and returns its taps [n, H, W, C]. */
export async function runPlan(
  gpu: Gpu,
  model: EncoderModel,
  input: Float32Array,
  n: number,
  options: PlanOptions,
  design: Partial<Design> = {},
): Promise<Map<string, Float32Array>> {
  using encoder = await Encoder.load(gpu, model, design);
  const plan = encoder.plan({ ...options, hold: true });
  using workspace = await allocateWorkspace(gpu, plan, n + 1);
  using bound = await encoder.bind(plan, workspace);
  workspace.setCount(n);
  gpu.write(workspace.slots[0]!, padChannels(input, 3));
  const recording = gpu.record();
  bound.record(recording, n);
  const bytes = await gpu.run(
    recording,
    bound.taps.map(({ buffer }) => buffer),
  );
  return new Map(bound.taps.map((tap, i) => [tap.node, unpadTap(tap, bytes[i]!, n)]));
}

/** The largest difference, in units of the largest absolute value that is wanted; NaN where a value is. */
export function relativeError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let largest = 0;
  let error = 0;
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]!));
    error = Math.max(error, Math.abs(found[i]! - wanted[i]!));
  }
  return error / largest;
}
