import { firstNonFinite } from '../checkpoints/finite.js';
import { MemgpuError } from '../errors.js';
import { describeGraph } from '../graph/facts.js';
import type { Graph } from '../graph/graph.js';
import { type Parameter, ruleOf } from '../graph/ops.js';
import { inferShapes } from '../graph/shapes.js';
import { checkArchitectureOptions, refuseUnusedOptions } from './architecture-options.js';
import type { ArchitectureOptions, Note, TensorShapes, Weights } from './family.js';
import type { Configured } from './hugging-face-config.js';
import { type Preprocessing, parseNormalization } from './preprocessing.js';
import type { Recipe } from './recipe.js';
import { type Recognised, recognise } from './recognise.js';

export interface ModelOptions extends ArchitectureOptions {
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
   * By the names that the graph's ops use: convolutions [out, in, k, k] and linear layers [out, in] as stored, and what
   * is computed from the file: scale and shift of each batch normalisation, tables of positions.
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
    /** How it learned, where the naming tells. */
    readonly training?: string;
    /** Attention heads as they were computed: told, or assumed (then a note says so). */
    readonly heads?: number;
    readonly parameters: number;
    /** What its user said about it, where anything was said. */
    readonly options?: ArchitectureOptions;
    /** Epsilon of its normalisations, as it was used. */
    readonly eps: number;
    /** Tensors of the file that are no part of the encoder: projectors, other classifiers, counters, momentum copies. */
    readonly ignored: readonly string[];
  };
  /** What was assumed about it. */
  readonly notes: readonly Note[];
}

const NO_CONFIG: Configured = {};

const OTHER_SHAPE =
  'Give the checkpoint of one encoder as its training code saved it; a variant of the family with other shapes is not computed.';

/**
 * Recognises the encoder in a checkpoint, checks every shape before any value is read, and reads its weights one tensor
 * at a time.
 *
 * @throws UNKNOWN_ARCHITECTURE, MISSING_TENSOR as `recognise`; SHAPE_MISMATCH with both shapes; NON_FINITE naming tensor
 * and index (also for a negative variance); BAD_OPTION; and what reading throws.
 */
export async function loadModel(weights: Weights, options: ModelOptions = {}): Promise<Model> {
  const { size, norm, eps, ...architecture } = options;
  const said = checkArchitectureOptions(architecture);
  const {
    preprocessing: configured,
    eps: configuredEps,
    origin: configuredOrigin,
    sizes: stated,
    notes: configNotes = [],
    ...configuredArchitecture
  } = weights.config ? (await import('./hugging-face-config.js')).readConfig(weights) : NO_CONFIG;
  const recognised = await recognise(weights, { said: said.origin, configured: configuredOrigin });
  const { family, habits, tensors, rivals } = recognised;
  refuseUnusedOptions(weights.name, family, said);
  const shapes = shapesOf(weights, tensors);
  const usual = {
    ...(family.preprocessingOf?.(shapes, habits) ?? { ...family.preprocessing, ...habits.preprocessing }),
    ...configured,
  };
  const preprocessing = {
    ...usual,
    ...(norm === undefined ? {} : parseNormalization(norm)),
    size: size ?? usual.size,
    // The share of the picture that the centre crop keeps stays what it is.
    ...(usual.resize !== undefined && size !== undefined
      ? { resize: Math.round((usual.resize * size) / usual.size) }
      : {}),
  };
  if (!Number.isInteger(preprocessing.size) || preprocessing.size < 1)
    throw new MemgpuError('BAD_OPTION', `size ${size} is not a positive whole number of pixels`);
  const epsilon = eps ?? configuredEps ?? habits.eps ?? family.eps;
  if (!Number.isFinite(epsilon) || epsilon < 0)
    throw new MemgpuError('BAD_OPTION', `eps ${eps} is not a number from 0 up`);

  const { graph, recipes, defaultTaps, headline, notes } = family.build({
    ...configuredArchitecture,
    ...said,
    shapes,
    size: preprocessing.size,
    eps: epsilon,
    habits,
    rivals,
    stated,
  });
  const stored = storedParameters(graph, recipes);
  const read = [...stored.map(({ name, shape }) => ({ tensor: name, shape })), ...recipes.flatMap(({ from }) => from)];
  checkShapes(weights, tensors, read);
  const { parameters, norms } = await readParameters(weights, tensors, stored, recipes);
  const untrained = norms.length === 0 ? [] : await (await import('./batch-norm.js')).untrainedNorms(weights, norms);
  const used = new Set(read.map(({ tensor }) => tensors.get(tensor)));
  return {
    graph,
    parameters,
    preprocessing,
    defaultTaps,
    headline,
    facts: {
      ...factsOf(recognised, graph),
      ...(Object.keys(said).length > 0 && { options: said }),
      eps: epsilon,
      ignored: [...weights.tensors.keys()].filter((name) => !used.has(name)),
    },
    notes: [...configNotes, ...(notes ?? []), ...untrained],
  };
}

function shapesOf(weights: Weights, tensors: ReadonlyMap<string, string>): TensorShapes {
  const of = (tensor: string) => weights.tensors.get(tensors.get(tensor) ?? '')?.shape;
  const mismatch = (tensor: string, expected: string) =>
    new MemgpuError(
      'SHAPE_MISMATCH',
      `${weights.name}: ${tensors.get(tensor)} has shape [${of(tensor)?.join(', ')}], expected ${expected}`,
      { hint: OTHER_SHAPE },
    );
  return {
    file: weights.name,
    of,
    mismatch,
    outputs(weight, rank) {
      const shape = of(weight) ?? [];
      const [out = 0] = shape;
      if (shape.length !== rank || out < 1) throw mismatch(weight, `${rank} axes, none empty`);
      return out;
    },
  };
}

function headsIn({ nodes }: Graph): { readonly heads?: number } {
  const op = nodes.map((node) => node.op).find(({ kind }) => kind === 'attention-scores');
  return op?.kind === 'attention-scores' ? { heads: op.heads } : {};
}

function factsOf({ map, habits }: Recognised, graph: Graph): Omit<Model['facts'], 'eps' | 'ignored'> {
  return {
    family: graph.family,
    map,
    ...(habits.training === undefined ? {} : { training: habits.training }),
    ...headsIn(graph),
    parameters: describeGraph(graph).totals.parameters,
  };
}

/** The parameters of a graph's ops that no recipe makes: tensors of the file by their canonical names. */
function storedParameters(graph: Graph, recipes: readonly Recipe[]): readonly Parameter[] {
  const made = new Set(recipes.flatMap(({ makes }) => makes));
  const shapes = inferShapes(graph);
  return graph.nodes.flatMap(({ op, inputs }) => {
    const parameters = ruleOf(op).parameters?.(
      op,
      inputs.map((input) => shapes.get(input)!),
    );
    return (parameters ?? []).filter(({ name }) => !made.has(name));
  });
}

function checkShapes(weights: Weights, tensors: ReadonlyMap<string, string>, read: Recipe['from']): void {
  for (const { tensor, shape } of read) {
    const name = tensors.get(tensor);
    const found = weights.tensors.get(name ?? '')?.shape;
    if (!found) throw new MemgpuError('MISSING_TENSOR', `${weights.name}: has no ${name ?? tensor}`);
    if (found.length !== shape.length || found.some((length, axis) => length !== shape[axis]))
      throw new MemgpuError(
        'SHAPE_MISMATCH',
        `${weights.name}: ${name} has shape [${found.join(', ')}], expected [${shape.join(', ')}]`,
        { hint: OTHER_SHAPE },
      );
  }
}

async function readParameters(
  weights: Weights,
  tensors: ReadonlyMap<string, string>,
  stored: readonly Parameter[],
  recipes: readonly Recipe[],
): Promise<{
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Each batch normalisation's running mean by its name in the file, and whether its statistics are the first ones. */
  readonly norms: readonly { readonly mean: string; readonly untrained: boolean }[];
}> {
  const read = async (tensor: string) => {
    const name = tensors.get(tensor)!;
    const values = await weights.readF32(name);
    const bad = firstNonFinite(values);
    if (bad >= 0)
      throw new MemgpuError('NON_FINITE', `${weights.name}: ${name}[${bad}] is ${values[bad]}`, {
        hint: 'Training may have diverged: take a checkpoint from before it did.',
      });
    return values;
  };
  const parameters = new Map<string, Float32Array>();
  for (const { name } of stored) parameters.set(name, await read(name));
  const norms: { mean: string; untrained: boolean }[] = [];
  for (const { makes, from, compute, untrained } of recipes) {
    const values = await Promise.all(from.map(({ tensor }) => read(tensor)));
    const names = from.map(({ tensor }) => `${weights.name}: ${tensors.get(tensor)}`);
    compute(values, names).forEach((made, i) => {
      parameters.set(makes[i]!, made);
    });
    const mean = from.find(({ tensor }) => tensor.endsWith('.running_mean'));
    if (untrained && mean) norms.push({ mean: tensors.get(mean.tensor)!, untrained: untrained(values) });
  }
  return { parameters, norms };
}
