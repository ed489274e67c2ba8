import { MemgpuError } from '../errors.js';
import type { Graph, GraphNode } from '../graph/graph.js';
import { inferShapes } from '../graph/shapes.js';

/**
 * Checks that f and g compute the same nodes of the same shapes by the same ops, so that their layers can be compared.
 * A classifier (`fc`) may differ or be missing: it is no part of the encoder.
 *
 * @throws SHAPE_MISMATCH naming the first difference.
 */
export function assertSameArchitecture(f: { readonly graph: Graph }, g: { readonly graph: Graph }): void {
  if (f.graph.family !== g.graph.family) throw different(`f is a ${f.graph.family}, g a ${g.graph.family}`);
  const [shapesF, shapesG] = [inferShapes(f.graph), inferShapes(g.graph)];
  const [nodesF, nodesG] = [f.graph, g.graph].map(({ nodes }) => nodes.filter(({ name }) => name !== 'fc'));
  const show = (shapes: typeof shapesF, name: string) => {
    const { channels, height, width } = shapes.get(name)!;
    return `[${channels}, ${height}, ${width}]`;
  };
  const compareShape = (name: string) => {
    const [inF, inG] = [show(shapesF, name), show(shapesG, name)];
    if (inF !== inG) throw different(`${name} is ${inF} in f and ${inG} in g`);
  };

  compareShape('input');
  for (let i = 0; i < Math.max(nodesF!.length, nodesG!.length); i++) {
    const [a, b] = [nodesF![i], nodesG![i]];
    if (!a || !b || a.name !== b.name)
      throw different(`where f has ${a?.name ?? 'no node'}, g has ${b?.name ?? 'none'}`);
    compareShape(a.name);
    if (computation(a) !== computation(b)) throw different(`${a.name} is another operation in f than in g`);
  }
}

/** What a node computes, whatever numbers of the file are behind it: two tables of positions may come to the same size. */
function computation({ op, inputs }: GraphNode): string {
  return JSON.stringify([op, inputs], (key, value) => (key === 'trained' ? undefined : value));
}

function different(what: string): MemgpuError {
  return new MemgpuError('SHAPE_MISMATCH', `f and g are not of one architecture: ${what}`, {
    hint: 'A reference is the same network, trained without the candidate images.',
  });
}
