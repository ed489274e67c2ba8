import fc from 'fast-check';
import type { Graph, GraphNode, Op } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';

/** Random graphs of all ops over small maps, with shared values, shortcuts and unread nodes; each with random taps. */
export const graphWithTaps: fc.Arbitrary<{ graph: Graph; taps: string[] }> = fc
  .array(fc.tuple(fc.nat(14), fc.nat(1000), fc.nat(1000), fc.nat(3)), { minLength: 1, maxLength: 24 })
  .chain((recipe) => {
    const graph = toGraph(recipe);
    return fc.record({
      graph: fc.constant(graph),
      taps: fc.subarray(
        graph.nodes.map(({ name }) => name),
        { minLength: 1 },
      ),
    });
  });

function toGraph(recipe: readonly (readonly [kind: number, from: number, other: number, width: number])[]): Graph {
  const nodes: GraphNode[] = [];
  const graph: Graph = { family: 'random', input: { channels: 3, height: 5, width: 4 }, nodes };
  for (const [kind, from, other, width] of recipe) {
    const shapes = inferShapes(graph);
    const names = [...shapes.keys()];
    // Mostly the newest value, so that chains arise; at times any.
    const input = from % 3 === 0 ? names[other % names.length]! : names.at(-1)!;
    const shape = shapes.get(input)!;
    const partners = names.filter((name) => JSON.stringify(shapes.get(name)) === JSON.stringify(shape));
    const name = `n${nodes.length}`;
    const flat = shape.height === 1 && shape.width === 1;
    const window = { kernel: 1 + (other % 2) * 2, stride: 1, padding: other % 2 };
    const bias = from % 2 ? `${name}.b` : null;
    const ops: Op[] = [
      { kind: 'conv', weight: `${name}.w`, bias, out: [3, 4, 6, 9][width]!, ...window },
      { kind: 'conv', weight: `${name}.w`, bias, out: shape.channels, ...window },
      { kind: 'affine', scale: `${name}.s`, shift: `${name}.t` },
      { kind: 'affine', scale: `${name}.s`, shift: `${name}.t` },
      { kind: 'relu' },
      { kind: 'relu' },
      { kind: 'add' },
      { kind: 'add' },
      { kind: 'add' },
      { kind: 'maxpool', kernel: 3, stride: 1 + (width % 2), padding: 1 },
      { kind: 'avgpool', kernel: 1, stride: 2, padding: 0 },
      flat ? { kind: 'linear', weight: `${name}.w`, bias, out: 5 } : { kind: 'global-avgpool' },
      { kind: 'gelu' },
    ];
    const op = ops[kind];
    if (!op) {
      nodes.push(...attention(name, input, shape.channels));
      continue;
    }
    const inputs = op.kind === 'add' ? [input, partners[from % partners.length]!] : [input];
    if (op.kind === 'add' && width % 2) inputs.reverse();
    nodes.push({ name, op, inputs, label: name });
  }
  return graph;
}

/** Queries, keys and values by a convolution of one pixel, then attention with a head for every two of them. */
function attention(name: string, input: string, channels: number): readonly GraphNode[] {
  const heads = Math.ceil(channels / 2);
  const qkv = {
    kind: 'conv',
    weight: `${name}.w`,
    bias: null,
    out: 6 * heads,
    kernel: 1,
    stride: 1,
    padding: 0,
  } as const;
  const steps: readonly (readonly [string, Op, readonly string[]])[] = [
    [`${name}.qkv`, qkv, [input]],
    [`${name}.scores`, { kind: 'attention-scores', heads }, [`${name}.qkv`]],
    [`${name}.probs`, { kind: 'softmax' }, [`${name}.scores`]],
    [name, { kind: 'attention-values', heads }, [`${name}.probs`, `${name}.qkv`]],
  ];
  return steps.map(([label, op, inputs]) => ({ name: label, op, inputs, label }));
}
