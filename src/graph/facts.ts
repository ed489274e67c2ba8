import type { Graph, Op } from './graph.js';
import { ruleOf } from './ops.js';
import { inferShapes, reportShape } from './shapes.js';

export interface NodeFacts {
  readonly name: string;
  readonly label: string;
  /** Other names that select it, where there are any. */
  readonly aliases?: readonly string[];
  /** The op: 'conv', 'affine', 'relu' … */
  readonly kind: Op['kind'];
  /** Channels of a spatial node, values of a token or a flat one: what UnitMem counts. An attention map has none. */
  readonly units: number;
  /** Per view: [C, H, W], [T, D], [heads, T, T], or [D] where there is a single position. */
  readonly shape: readonly number[];
  /** Trained numbers that the node reads; of a normalisation scale and shift (PyTorch's weight and bias). */
  readonly parameters: number;
  /** Per view, of convolutions, linear layers and attention; products with padding are counted, biases are not. */
  readonly multiplyAdds: number;
}

export interface GraphFacts {
  readonly nodes: readonly NodeFacts[];
  readonly totals: {
    readonly parameters: number;
    readonly multiplyAdds: number;
    /** Output channels of convolutions and neurons of linear layers: the paper's units, each counted once. */
    readonly units: number;
  };
}

/** Sizes and costs of every node, in order of execution. @throws SHAPE_MISMATCH as `inferShapes`. */
export function describeGraph(graph: Graph): GraphFacts {
  const shapes = inferShapes(graph);
  const nodes = graph.nodes.map(({ name, label, aliases, op, inputs }): NodeFacts => {
    const from = inputs.map((input) => shapes.get(input)!);
    const to = shapes.get(name)!;
    const rule = ruleOf(op);
    const sizes = (rule.parameters?.(op, from) ?? []).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    return {
      name,
      label,
      ...(aliases && { aliases }),
      kind: op.kind,
      units: to.attention ? 0 : to.channels,
      shape: reportShape(to),
      parameters: rule.trained?.(op) ?? sizes.reduce((a, b) => a + b, 0),
      multiplyAdds: rule.multiplyAdds?.(op, from, to) ?? 0,
    };
  });
  const total = (pick: (node: NodeFacts) => number) => nodes.reduce((sum, node) => sum + pick(node), 0);
  const counted: readonly Op['kind'][] = ['conv', 'patch-embed', 'linear'];
  return {
    nodes,
    totals: {
      parameters: total(({ parameters }) => parameters),
      multiplyAdds: total(({ multiplyAdds }) => multiplyAdds),
      units: total(({ kind, units }) => (counted.includes(kind) ? units : 0)),
    },
  };
}
