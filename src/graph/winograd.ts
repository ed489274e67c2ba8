import type { Graph, GraphNode, NodeShape, Op } from './graph.js';
import { inferShapes } from './shapes.js';

/** What the beginning and the end of a sum cost, in groups of four channels of it; measured, as docs/decisions tells. */
const SUM = 6;
/** What transforming the input costs, in output channels. */
const TRANSFORM = 16;

/**
 * The graph with its 3×3 convolutions by Winograd F(2×2, 3×3), 16 products for a tile of 4 outputs instead of 36 (Lavin &
 * Gray 2016, §4.1): a node that transforms the input, named `NODE.winograd`, and in place of the convolution one that reads
 * it. All nodes keep their names and values; the new ones are nothing to tap.
 *
 * Taken are convolutions with stride 1, padding 1 and one group where that pays, by op and shapes alone: the batch has no
 * say.
 */
export function withWinograd(graph: Graph): Graph {
  const shapes = inferShapes(graph);
  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const { name, op, inputs, label } = node;
    const from = shapes.get(inputs[0]!)!;
    if (op.kind !== 'conv' || !pays(op, from)) return [node];
    const { weight, bias, out } = op;
    const { height, width } = from;
    const input = `${name}.winograd`;
    return [
      { name: input, op: { kind: 'winograd-input' }, inputs, label: `${label}, input transformed` },
      { ...node, op: { kind: 'winograd', weight, bias, out, height, width }, inputs: [input] },
    ];
  });
  return { ...graph, nodes };
}

/** Whether the products of all tiles and what comes with them cost less than the direct sum's, padding left out. */
function pays({ kernel, stride, padding, groups = 1, out }: Extract<Op, { kind: 'conv' }>, from: NodeShape): boolean {
  if (kernel !== 3 || stride !== 1 || padding !== 1 || groups !== 1) return false;
  const { height, width } = from;
  const channels = Math.ceil(from.channels / 4);
  const direct = (3 * height - 2) * (3 * width - 2) * channels * out;
  return 16 * Math.ceil(height / 2) * Math.ceil(width / 2) * (channels + SUM) * (out + TRANSFORM) <= direct;
}
