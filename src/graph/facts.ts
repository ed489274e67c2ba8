import type { Graph, NodeShape, Op } from './graph.js';
import { inferShapes, reportShape } from './shapes.js';

export interface NodeFacts {
  readonly name: string;
  readonly label: string;
  /** The op: 'conv', 'affine', 'relu' … */
  readonly kind: Op['kind'];
  /** Channels of a spatial node, values of a flat one: what UnitMem counts. */
  readonly units: number;
  /** Per view: [C, H, W], or [D] where there is a single position. */
  readonly shape: readonly number[];
  /** Trained numbers that the node reads; of a normalisation scale and shift (PyTorch's weight and bias). */
  readonly parameters: number;
  /** Per view, of convolutions and linear layers; products with padding are counted, biases are not. */
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
  const nodes = graph.nodes.map(({ name, label, op, inputs }): NodeFacts => {
    const from = shapes.get(inputs[0]!)!;
    const to = shapes.get(name)!;
    const cost = costOf(op, from, to);
    return { name, label, kind: op.kind, units: to.channels, shape: reportShape(to), ...cost };
  });
  const total = (pick: (node: NodeFacts) => number) => nodes.reduce((sum, node) => sum + pick(node), 0);
  return {
    nodes,
    totals: {
      parameters: total(({ parameters }) => parameters),
      multiplyAdds: total(({ multiplyAdds }) => multiplyAdds),
      units: total(({ kind, units }) => (kind === 'conv' || kind === 'linear' ? units : 0)),
    },
  };
}

function costOf(op: Op, from: NodeShape, to: NodeShape): { parameters: number; multiplyAdds: number } {
  switch (op.kind) {
    case 'conv':
    case 'linear': {
      const weights = op.out * from.channels * (op.kind === 'conv' ? op.kernel ** 2 : 1);
      return {
        parameters: weights + (op.bias === null ? 0 : op.out),
        multiplyAdds: weights * to.height * to.width,
      };
    }
    case 'affine':
      return { parameters: 2 * to.channels, multiplyAdds: 0 };
    default:
      return { parameters: 0, multiplyAdds: 0 };
  }
}
