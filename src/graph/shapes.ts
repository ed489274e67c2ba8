import { MemgpuError } from '../errors.js';
import type { Graph, GraphNode, NodeShape } from './graph.js';
import { ruleOf } from './ops.js';

/** The name under which nodes read the graph's input. */
export const INPUT = 'input';

/**
 * Shape per view of the input and of every node, keyed by name (`'input'` first, then in order of execution).
 *
 * @throws SHAPE_MISMATCH naming the first node whose inputs do not fit its op, or that reads no earlier node.
 */
export function inferShapes(graph: Graph): ReadonlyMap<string, NodeShape> {
  const shapes = new Map<string, NodeShape>([[INPUT, graph.input]]);
  for (const node of graph.nodes) {
    if (shapes.has(node.name)) throw mismatch(node, 'two nodes have this name');
    const inputs = node.inputs.map((name) => {
      const shape = shapes.get(name);
      if (!shape) throw mismatch(node, `reads '${name}', which is no earlier node`);
      return shape;
    });
    const { op } = node;
    const rule = ruleOf(op);
    if (inputs.length !== rule.inputs)
      throw mismatch(node, `${op.kind} takes ${rule.inputs} input(s), not ${inputs.length}`);
    const shape = rule.shape(op, inputs);
    if (typeof shape === 'string') throw mismatch(node, shape);
    shapes.set(node.name, shape);
  }
  return shapes;
}

/**
 * How shapes are written in reports and files: `[C, H, W]`, tokens `[T, D]`, attention maps `[heads, T, T]`, and `[D]`
 * where there is a single position.
 */
export function reportShape({ height, width, channels, tokens, attention }: NodeShape): readonly number[] {
  if (attention) return [height, width, channels];
  if (tokens) return [height, channels];
  return height === 1 && width === 1 ? [channels] : [channels, height, width];
}

function mismatch(node: GraphNode, what: string): MemgpuError {
  return new MemgpuError('SHAPE_MISMATCH', `node ${node.name}: ${what}`);
}
