import { MemgpuError } from '../errors.js';
import type { Graph, GraphNode, NodeShape, Op } from './graph.js';

/** The name under which nodes read the graph's input. */
export const INPUT = 'input';

/**
 * Shape per view of the input and of every node, keyed by name (`'input'` first, then in order of execution).
 * Windows count as in PyTorch without ceil mode: ⌊(size + 2·padding − kernel) / stride⌋ + 1.
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
    shapes.set(node.name, outputShape(node, inputs));
  }
  return shapes;
}

/** `[C, H, W]`, or `[D]` where there is a single position: how shapes are written in reports. */
export function reportShape({ height, width, channels }: NodeShape): readonly number[] {
  return height === 1 && width === 1 ? [channels] : [channels, height, width];
}

function outputShape(node: GraphNode, inputs: readonly NodeShape[]): NodeShape {
  const { op } = node;
  const arity = op.kind === 'add' ? 2 : 1;
  const [x, y] = inputs;
  if (!x || inputs.length !== arity) throw mismatch(node, `${op.kind} takes ${arity} input(s), not ${inputs.length}`);
  switch (op.kind) {
    case 'conv':
      return { ...windows(node, op, x), channels: op.out };
    case 'maxpool':
    case 'avgpool':
      return { ...windows(node, op, x), channels: x.channels };
    case 'global-avgpool':
      return { height: 1, width: 1, channels: x.channels };
    case 'affine':
    case 'relu':
      return x;
    case 'add':
      if (!y || x.height !== y.height || x.width !== y.width || x.channels !== y.channels)
        throw mismatch(node, `adds ${show(x)} and ${y ? show(y) : 'nothing'}`);
      return x;
    case 'linear':
      if (x.height !== 1 || x.width !== 1) throw mismatch(node, `is linear but reads ${show(x)}, not one position`);
      return { height: 1, width: 1, channels: op.out };
  }
}

function windows(node: GraphNode, op: Extract<Op, { kernel: number }>, x: NodeShape) {
  const count = (size: number) => Math.floor((size + 2 * op.padding - op.kernel) / op.stride) + 1;
  const height = count(x.height);
  const width = count(x.width);
  if (height < 1 || width < 1)
    throw mismatch(
      node,
      `its ${op.kernel}×${op.kernel} window does not fit into ${show(x)} with a padding of ${op.padding}`,
    );
  return { height, width };
}

function show({ height, width, channels }: NodeShape): string {
  return `[${channels}, ${height}, ${width}]`;
}

function mismatch(node: GraphNode, what: string): MemgpuError {
  return new MemgpuError('SHAPE_MISMATCH', `node ${node.name}: ${what}`);
}
