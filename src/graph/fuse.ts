import type { GraphNode } from './graph.js';

/** `Epilogue` of a plan, with the residual still a node's name. */
interface ChainEpilogue {
  readonly bias: string | null;
  readonly affine: { readonly scale: string; readonly shift: string } | null;
  readonly relu: boolean;
  readonly residual: string | null;
  readonly reluAfterAdd: boolean;
}

/** Nodes that one step computes: each reads the one before it, only the last one's value is stored. */
export interface Chain {
  readonly nodes: readonly GraphNode[];
  /** The stored node (or `'input'`) that the first node reads. */
  readonly input: string;
  readonly epilogue: ChainEpilogue;
}

const NOTHING: ChainEpilogue = { bias: null, affine: null, relu: false, residual: null, reluAfterAdd: false };

/**
 * Groups nodes (in order of execution) into chains, in the order in which the chains can run. A conv, linear or
 * pointwise node takes in the pointwise nodes behind it, in the epilogue's order affine, ReLU, add, ReLU, as long as the
 * value between is not tapped and has no other reader. With `fuse` false each node is a chain.
 *
 * A chain runs at the place of its last node. There every residual is stored already, also one that the graph computes
 * between the chain's first node and its last (a ResNet's downsampling shortcut).
 */
export function fuseNodes(nodes: readonly GraphNode[], tapped: ReadonlySet<string>, fuse: boolean): readonly Chain[] {
  const readers = new Map<string, GraphNode[]>();
  for (const node of nodes) for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);

  const taken = new Set<GraphNode>();
  const chainEndingAt = new Map<GraphNode, Chain>();
  for (const head of nodes) {
    if (taken.has(head)) continue;
    let chain = startChain(head);
    let last = head;
    while (fuse && takesEpilogue(head)) {
      const [next, ...others] = readers.get(last.name) ?? [];
      if (tapped.has(last.name) || !next || others.length > 0 || taken.has(next)) break;
      const epilogue = absorb(chain.epilogue, next, last.name);
      if (!epilogue) break;
      taken.add(next);
      chain = { ...chain, nodes: [...chain.nodes, next], epilogue };
      last = next;
    }
    chainEndingAt.set(last, chain);
  }
  return nodes.flatMap((node) => chainEndingAt.get(node) ?? []);
}

function takesEpilogue({ op }: GraphNode): boolean {
  return op.kind !== 'maxpool' && op.kind !== 'avgpool' && op.kind !== 'global-avgpool';
}

function startChain(head: GraphNode): Chain {
  const input = head.inputs[0]!;
  const { op } = head;
  const epilogue =
    op.kind === 'conv' || op.kind === 'linear'
      ? { ...NOTHING, bias: op.bias }
      : (absorb(NOTHING, head, input) ?? NOTHING);
  return { nodes: [head], input, epilogue };
}

/** The epilogue with one node more, or null where the node's place in the epilogue has passed. */
function absorb(epilogue: ChainEpilogue, node: GraphNode, value: string): ChainEpilogue | null {
  const added = epilogue.residual !== null;
  const { op } = node;
  switch (op.kind) {
    case 'affine':
      if (epilogue.affine || epilogue.relu || added) return null;
      return { ...epilogue, affine: { scale: op.scale, shift: op.shift } };
    case 'relu':
      if (added) return epilogue.reluAfterAdd ? null : { ...epilogue, reluAfterAdd: true };
      return epilogue.relu ? null : { ...epilogue, relu: true };
    case 'add': {
      const [first, second] = node.inputs;
      return added ? null : { ...epilogue, residual: (first === value ? second : first)! };
    }
    default:
      return null;
  }
}
