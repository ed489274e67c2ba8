import type { GraphNode, Op } from './graph.js';
import { ruleOf } from './ops.js';

/** `Epilogue` of a plan, with the residual still a node's name. */
interface ChainEpilogue {
  readonly bias: string | null;
  readonly affine: { readonly scale: string; readonly shift: string } | null;
  readonly activation: 'relu' | 'gelu' | null;
  readonly residual: string | null;
  readonly reluAfterAdd: boolean;
}

/** Nodes that one step computes: each reads the one before it, only the last one's value is stored. */
export interface Chain {
  readonly nodes: readonly GraphNode[];
  /** What the step computes before its epilogue: the first node's op, or `attention` for the three of it. */
  readonly op: Op;
  /** The stored nodes (or `'input'`) that the op reads. */
  readonly inputs: readonly string[];
  /** Null where the op takes none. */
  readonly epilogue: ChainEpilogue | null;
}

const NOTHING: ChainEpilogue = { bias: null, affine: null, activation: null, residual: null, reluAfterAdd: false };

/**
 * Groups nodes (in order of execution) into chains, in the order in which the chains can run. A node whose kernel has an
 * epilogue takes in the pointwise nodes behind it, in the epilogue's order affine, activation, add, ReLU; attention scores
 * take in their softmax and the weighted values; as long as the value between is not tapped and has no other reader. With
 * `fuse` false each node is a chain.
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
    while (fuse) {
      const last = chain.nodes.at(-1)!;
      const [next, ...others] = readers.get(last.name) ?? [];
      if (tapped.has(last.name) || !next || others.length > 0 || taken.has(next)) break;
      const longer = extend(chain, next);
      if (!longer) break;
      taken.add(next);
      chain = longer;
    }
    for (const piece of whole(chain)) chainEndingAt.set(piece.nodes.at(-1)!, piece);
  }
  return nodes.flatMap((node) => chainEndingAt.get(node) ?? []);
}

function startChain(head: GraphNode): Chain {
  const { op, inputs } = head;
  const chain = { nodes: [head], op, inputs };
  if (!ruleOf(op).epilogue) return { ...chain, epilogue: null };
  if ('bias' in op) return { ...chain, epilogue: { ...NOTHING, bias: op.bias } };
  // A pointwise node is an epilogue on a stored tensor; an `add` reads its second input there.
  const input = inputs[0]!;
  return { ...chain, inputs: [input], epilogue: absorb(NOTHING, head, input) };
}

/** The chain with one node more, or null where it cannot take it. */
function extend(chain: Chain, next: GraphNode): Chain | null {
  const last = chain.nodes.at(-1)!;
  const nodes = [...chain.nodes, next];
  if (chain.epilogue) {
    const epilogue = absorb(chain.epilogue, next, last.name);
    return epilogue && { ...chain, nodes, epilogue };
  }
  if (last.op.kind === 'attention-scores' && next.op.kind === 'softmax') return { ...chain, nodes };
  const { op } = next;
  const values = last.op.kind === 'softmax' && nodes.length === 3 && op.kind === 'attention-values';
  if (values && next.inputs[0] === last.name && next.inputs[1] === chain.inputs[0])
    return { ...chain, nodes, op: { kind: 'attention', heads: op.heads } };
  return null;
}

/** Scores and softmax without the values behind them are two steps. */
function whole(chain: Chain): readonly Chain[] {
  return chain.epilogue || chain.op.kind === 'attention' ? [chain] : chain.nodes.map(startChain);
}

/** The epilogue with one node more, or null where the node's place in the epilogue has passed. */
function absorb(epilogue: ChainEpilogue, node: GraphNode, value: string): ChainEpilogue | null {
  const added = epilogue.residual !== null;
  const { op } = node;
  switch (op.kind) {
    case 'affine':
      if (epilogue.affine || epilogue.activation || added) return null;
      return { ...epilogue, affine: { scale: op.scale, shift: op.shift } };
    case 'relu':
      if (added) return epilogue.reluAfterAdd ? null : { ...epilogue, reluAfterAdd: true };
      return epilogue.activation ? null : { ...epilogue, activation: 'relu' };
    case 'gelu':
      return epilogue.activation || added ? null : { ...epilogue, activation: 'gelu' };
    case 'add': {
      const [first, second] = node.inputs;
      return added ? null : { ...epilogue, residual: (first === value ? second : first)! };
    }
    default:
      return null;
  }
}
