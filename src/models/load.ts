import { firstNonFinite } from '../checkpoints/finite.js';
import { MemgpuError } from '../errors.js';
import { describeGraph } from '../graph/facts.js';
import type { Graph, Op } from '../graph/graph.js';
import { inferShapes } from '../graph/shapes.js';
import type { TensorShapes, Weights } from './family.js';
import { foldBatchNorm, NORM_PARTS, normOf } from './fold-norm.js';
import { type Preprocessing, parseNormalization } from './preprocessing.js';
import { type Recognised, recognise } from './recognise.js';

export interface ModelOptions {
  /** Side of the views in pixels; the family's own where left out. */
  readonly size?: number;
  /** `imagenet`, `half`, `none` or `M,M,M/S,S,S`; the family's own where left out. */
  readonly norm?: string;
  /** Epsilon of the normalisation layers; the family's own where left out. */
  readonly eps?: number;
}

/** An encoder, ready for a device: what to compute, with which numbers, on what input. */
export interface Model {
  readonly graph: Graph;
  /**
   * By the names that the graph's ops use: convolutions [out, in, k, k] and linear layers [out, in] as stored, biases,
   * and scale and shift of each normalisation.
   */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly preprocessing: Preprocessing;
  /** Nodes that are tapped unless the user names others, in order of execution. */
  readonly defaultTaps: readonly string[];
  /** Nodes whose UnitMem leads a report. */
  readonly headline: readonly string[];
  readonly facts: {
    readonly family: string;
    /** The name map that matched, and the prefix that was stripped. */
    readonly map: string;
    readonly parameters: number;
    /** Epsilon of its normalisations, as it was used. */
    readonly eps: number;
    /** Tensors of the file that are no part of the encoder: projectors, other classifiers, counters, momentum copies. */
    readonly ignored: readonly string[];
  };
}

/**
 * Recognises the encoder in a checkpoint, checks every shape before any value is read, and reads its weights one tensor
 * at a time.
 *
 * @throws UNKNOWN_ARCHITECTURE, MISSING_TENSOR as `recognise`; SHAPE_MISMATCH with both shapes; NON_FINITE naming tensor
 * and index (also for a negative variance); BAD_OPTION; and what reading throws.
 */
export async function loadModel(weights: Weights, { size, norm, eps }: ModelOptions = {}): Promise<Model> {
  const recognised = recognise(weights);
  const { family, tensors } = recognised;
  const preprocessing = {
    ...family.preprocessing,
    ...(norm === undefined ? {} : parseNormalization(norm)),
    size: size ?? family.preprocessing.size,
  };
  if (!Number.isInteger(preprocessing.size) || preprocessing.size < 1)
    throw new MemgpuError('BAD_OPTION', `size ${size} is not a positive whole number of pixels`);
  const epsilon = eps ?? family.eps;
  if (!Number.isFinite(epsilon) || epsilon < 0)
    throw new MemgpuError('BAD_OPTION', `eps ${eps} is not a number from 0 up`);

  const graph = family.build(shapesOf(weights, tensors), preprocessing.size);
  checkShapes(weights, tensors, graph);
  const parameters = await readParameters(weights, tensors, graph, epsilon);
  const taps = family.taps(graph);
  return {
    graph,
    parameters,
    preprocessing,
    defaultTaps: taps.defaults,
    headline: taps.headline,
    facts: { ...factsOf(weights, recognised, graph), eps: epsilon },
  };
}

function shapesOf(weights: Weights, tensors: ReadonlyMap<string, string>): TensorShapes {
  const of = (tensor: string) => weights.tensors.get(tensors.get(tensor) ?? '')?.shape;
  return {
    of,
    outputs(weight, rank) {
      const shape = of(weight) ?? [];
      const [out = 0] = shape;
      if (shape.length !== rank || out < 1)
        throw new MemgpuError(
          'SHAPE_MISMATCH',
          `${weights.name}: ${tensors.get(weight)} has shape [${shape.join(', ')}], expected ${rank} axes, none empty`,
        );
      return out;
    },
  };
}

function factsOf(weights: Weights, { family, map, tensors }: Recognised, graph: Graph): Omit<Model['facts'], 'eps'> {
  const used = new Set(graph.nodes.flatMap(({ op }) => storedTensors(op, 0)).map(({ tensor }) => tensors.get(tensor)));
  return {
    family: family.name,
    map,
    parameters: describeGraph(graph).totals.parameters,
    ignored: [...weights.tensors.keys()].filter((name) => !used.has(name)),
  };
}

/** What an op reads from the file, with the shapes that it must have. */
function storedTensors(op: Op, channels: number): { tensor: string; shape: readonly number[] }[] {
  switch (op.kind) {
    case 'conv':
    case 'linear': {
      const window = op.kind === 'conv' ? [op.kernel, op.kernel] : [];
      const weight = { tensor: op.weight, shape: [op.out, channels, ...window] };
      return op.bias === null ? [weight] : [weight, { tensor: op.bias, shape: [op.out] }];
    }
    case 'affine':
      return NORM_PARTS.map((part) => ({ tensor: `${normOf(op.scale)}.${part}`, shape: [channels] }));
    default:
      return [];
  }
}

function checkShapes(weights: Weights, tensors: ReadonlyMap<string, string>, graph: Graph): void {
  const shapes = inferShapes(graph);
  for (const { op, inputs } of graph.nodes)
    for (const { tensor, shape } of storedTensors(op, shapes.get(inputs[0]!)!.channels)) {
      const name = tensors.get(tensor)!;
      const found = weights.tensors.get(name)!.shape;
      if (found.length !== shape.length || found.some((length, axis) => length !== shape[axis]))
        throw new MemgpuError(
          'SHAPE_MISMATCH',
          `${weights.name}: ${name} has shape [${found.join(', ')}], expected [${shape.join(', ')}]`,
        );
    }
}

async function readParameters(
  weights: Weights,
  tensors: ReadonlyMap<string, string>,
  graph: Graph,
  eps: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const read = async (tensor: string) => {
    const name = tensors.get(tensor)!;
    const values = await weights.readF32(name);
    const bad = firstNonFinite(values);
    if (bad >= 0) throw new MemgpuError('NON_FINITE', `${weights.name}: ${name}[${bad}] is ${values[bad]}`);
    return values;
  };
  const parameters = new Map<string, Float32Array>();
  for (const { op } of graph.nodes) {
    if (op.kind === 'conv' || op.kind === 'linear') {
      parameters.set(op.weight, await read(op.weight));
      if (op.bias !== null) parameters.set(op.bias, await read(op.bias));
    } else if (op.kind === 'affine') {
      const norm = normOf(op.scale);
      const [weight, bias, mean, variance] = await Promise.all(NORM_PARTS.map((part) => read(`${norm}.${part}`)));
      const name = `${weights.name}: ${tensors.get(`${norm}.running_var`)!}`;
      const { scale, shift } = foldBatchNorm(
        name,
        { weight: weight!, bias: bias!, mean: mean!, variance: variance! },
        eps,
      );
      parameters.set(op.scale, scale);
      parameters.set(op.shift, shift);
    }
  }
  return parameters;
}
