import type { Graph } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';

/** Half a unit in the last place of 1 in float32. */
const ROUNDING = 2 ** -24;
/** In standard deviations. */
const ALLOWED = 4;

/** How far an output is from the float64 one. */
export interface Difference {
  readonly most: number;
  /** The largest absolute value of the float64 output. */
  readonly peak: number;
}

/**
 * @param output [rows, …]
 * @param reference of all its rows, or of the first `checked`
 * @throws where the lengths differ or a value is not finite
 */
export function compare(output: Float32Array, reference: Float64Array, rows = 1, checked = rows): Difference {
  if (output.length * checked !== reference.length * rows)
    throw new Error(`the output has ${output.length} values, not ${(reference.length * rows) / checked}`);
  let most = 0;
  let peak = 0;
  for (let i = 0; i < reference.length; i++) {
    const difference = Math.abs(output[i]! - reference[i]!);
    if (!Number.isFinite(difference)) throw new Error(`value ${i} of the output is ${output[i]}`);
    most = Math.max(most, difference);
    peak = Math.max(peak, Math.abs(reference[i]!));
  }
  return { most, peak };
}

/**
 * The largest difference that float32 explains, as a part of the output's peak. Each addition of a sum of K products
 * rounds by at most 2⁻²⁴ of a partial sum, which is about as large as the result; K independent roundings grow as √K
 * (Higham and Mary 2019); the layers' errors add up; four standard deviations.
 */
export function toleranceOf(graph: Graph): number {
  const shapes = inferShapes(graph);
  let roots = 0;
  for (const { op, inputs } of graph.nodes) {
    const from = shapes.get(inputs[0]!)!;
    switch (op.kind) {
      case 'conv':
      case 'patch-embed':
        roots += Math.sqrt(from.channels * op.kernel ** 2);
        break;
      case 'linear':
        roots += Math.sqrt(from.channels);
        break;
      case 'attention-scores':
        roots += Math.sqrt(from.channels / 3 / op.heads);
        break;
      case 'attention-values':
      case 'softmax':
        roots += Math.sqrt(from.channels);
        break;
      case 'layernorm':
        roots += Math.sqrt(from.channels);
        break;
      case 'global-avgpool':
        roots += Math.sqrt(from.height * from.width);
        break;
    }
  }
  return ALLOWED * ROUNDING * roots;
}
