import { MemgpuError } from '../errors.js';
import { groupBytes, type Storage } from '../half.js';
import { type Chain, fuseNodes } from './fuse.js';
import type { Graph, GraphNode, NodeShape, Op } from './graph.js';
import { INPUT, inferShapes } from './shapes.js';
import { assignSlots } from './slots.js';

/**
 * What a plan is: steps in order of execution over tensors that live in memory slots. Pure data, made by functions of
 * this room, executed by `encoder/`. One step is one kernel of `kernels/`.
 */
export interface Plan {
  readonly tensors: readonly PlanTensor[];
  readonly steps: readonly Step[];
  /** Bytes per view of each memory slot (channels padded to a multiple of 4). */
  readonly slots: readonly number[];
  /** How every tensor but the input is stored; the input is always f32. */
  readonly storage: Storage;
}

/** A materialised node. Tensor 0 is the input; it has slot 0 to itself, so that a run leaves it as it was. */
export interface PlanTensor {
  readonly node: string;
  readonly shape: NodeShape;
  readonly slot: number;
  readonly storage: Storage;
  readonly tapped: boolean;
}

/** What happens to a value before it is stored: + bias, · scale + shift, activation, + residual, ReLU; each optional. */
export interface Epilogue {
  readonly bias: string | null;
  readonly affine: { readonly scale: string; readonly shift: string } | null;
  readonly activation: 'relu' | 'gelu' | null;
  /** Index of the tensor added. */
  readonly residual: number | null;
  readonly reluAfterAdd: boolean;
}

export interface Step {
  /** Names of the graph nodes that this step computes; the last one is what is stored. */
  readonly nodes: readonly string[];
  /** Where it is a pointwise one, everything that it does stands in the epilogue. */
  readonly op: Op;
  /** The tensors that the op reads. */
  readonly inputs: readonly number[];
  readonly output: number;
  /** Null where the op takes none. */
  readonly epilogue: Epilogue | null;
}

export interface PlanOptions {
  /** Canonical names of the nodes whose values are wanted (`resolveTaps`). */
  readonly taps: readonly string[];
  /** Default true. False: one step per node, as a check on fusion. */
  readonly fuse?: boolean;
  /** Default false. True: no tap is overwritten before the run ends; else only what later steps read is kept. */
  readonly hold?: boolean;
  /** Default f32. */
  readonly storage?: Storage;
}

/**
 * Compiles a graph to steps. Nodes that no tap needs are left out; a tapped node is stored; pointwise nodes between two
 * stored ones are folded into the step before them (`fuse.ts`). Tensors of disjoint lifetimes share memory; a step never
 * writes a slot that it reads. Equal arguments give equal plans.
 *
 * @throws BAD_OPTION where a tap is no node or none is given, SHAPE_MISMATCH as `inferShapes`.
 */
export function makePlan(graph: Graph, { taps, fuse = true, hold = false, storage = 'f32' }: PlanOptions): Plan {
  const shapes = inferShapes(graph);
  const tapped = new Set(taps);
  const chains = fuseNodes(neededNodes(graph, tapped), tapped, fuse);

  const stored = [INPUT, ...chains.map(({ nodes }) => nodes.at(-1)!.name)];
  const indexOf = new Map(stored.map((name, index) => [name, index]));
  const index = (name: string) => indexOf.get(name)!;
  const steps = chains.map((chain, i) => toStep(chain, index, i + 1));

  // Tensor i + 1 is born in step i.
  const lastStep = stored.map((_, tensor) => tensor - 1);
  steps.forEach((step, i) => {
    for (const tensor of readBy(step)) lastStep[tensor] = i;
  });
  const storageOf = (tensor: number) => (tensor === 0 ? 'f32' : storage);
  const spans = stored.map((name, tensor) => ({
    bytes: bytesPerView(shapes.get(name)!, storageOf(tensor)),
    from: tensor - 1,
    to: tensor === 0 || (hold && tapped.has(name)) ? steps.length : lastStep[tensor]!,
  }));
  const { slotOf, slots } = assignSlots(spans);
  const tensors = stored.map((node, tensor) => ({
    node,
    shape: shapes.get(node)!,
    slot: slotOf[tensor]!,
    storage: storageOf(tensor),
    tapped: tapped.has(node),
  }));
  return { tensors, steps, slots, storage };
}

/** Indices of the tensors that a step reads. */
export function readBy({ inputs, epilogue }: Step): readonly number[] {
  const residual = epilogue?.residual ?? null;
  return residual === null ? inputs : [...inputs, residual];
}

/** Bytes of a stored tensor per view, channels padded to a multiple of 4. */
export function bytesPerView({ height, width, channels }: NodeShape, storage: Storage): number {
  return height * width * Math.ceil(channels / 4) * groupBytes(storage);
}

/** The taps and everything that they are computed from, in order of execution. */
function neededNodes(graph: Graph, tapped: ReadonlySet<string>): readonly GraphNode[] {
  if (tapped.size === 0) throw new MemgpuError('BAD_OPTION', 'no node to compute', { hint: 'Name at least one node.' });
  const names = new Set(graph.nodes.map(({ name }) => name));
  for (const tap of tapped) if (!names.has(tap)) throw new MemgpuError('BAD_OPTION', `the encoder has no node ${tap}`);
  const needed = new Set(tapped);
  for (const node of [...graph.nodes].reverse())
    if (needed.has(node.name)) for (const input of node.inputs) needed.add(input);
  return graph.nodes.filter(({ name }) => needed.has(name));
}

function toStep({ nodes, op, inputs, epilogue }: Chain, index: (name: string) => number, output: number): Step {
  return {
    nodes: nodes.map(({ name }) => name),
    op,
    inputs: inputs.map(index),
    output,
    epilogue: epilogue && { ...epilogue, residual: epilogue.residual === null ? null : index(epilogue.residual) },
  };
}
