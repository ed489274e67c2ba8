import { MemgpuError } from '../errors.js';
import type { Allocation, Buffer, Gpu } from '../gpu/gpu.js';
import type { Graph, GraphNode } from '../graph/graph.js';
import type { Plan } from '../graph/plan.js';
import { INPUT, inferShapes } from '../graph/shapes.js';
import { packConvWeights } from '../kernels/conv.js';
import { type Family, familyFor } from '../kernels/family.js';
import { bindForward, type Forward } from './forward.js';
import type { Workspace } from './workspace.js';

/** A graph with its numbers, as `models/` loads it. */
export interface EncoderModel {
  readonly graph: Graph;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/**
 * An encoder whose weights lie on the GPU, packed once. A plan is bound to it as often as wanted: by default taps, by
 * other taps, unfused for a check.
 */
export class Encoder implements Disposable {
  readonly gpu: Gpu;
  readonly graph: Graph;
  readonly family: Family;
  /** Biases, scales and shifts: packed anew for every plan, as fusion decides which of them meet in one kernel. */
  readonly #small: ReadonlyMap<string, Float32Array>;
  readonly #weights: ReadonlyMap<string, Buffer>;
  readonly #allocation: Allocation;

  private constructor(
    gpu: Gpu,
    graph: Graph,
    family: Family,
    small: ReadonlyMap<string, Float32Array>,
    weights: ReadonlyMap<string, Buffer>,
    allocation: Allocation,
  ) {
    this.gpu = gpu;
    this.graph = graph;
    this.family = family;
    this.#small = small;
    this.#weights = weights;
    this.#allocation = allocation;
  }

  /**
   * Packs and uploads the weights.
   * @param family the design of the convolution kernels; the adapter's own unless forced.
   * @throws MISSING_TENSOR, OUT_OF_MEMORY
   */
  static async load(gpu: Gpu, model: EncoderModel, family: Family = familyFor(gpu.facts)): Promise<Encoder> {
    const { graph, parameters } = model;
    const shapes = inferShapes(graph);
    const packed = new Map<string, Float32Array>();
    for (const node of graph.nodes) {
      const { op } = node;
      if (op.kind !== 'conv' && op.kind !== 'linear') continue;
      const channels = shapes.get(node.inputs[0] ?? INPUT)?.channels ?? 0;
      packed.set(op.weight, packConvWeights(need(parameters, op.weight, node), op.out, channels, kernelOf(op)));
    }
    const entries = [...packed];
    const allocation = await gpu.allocate(entries.map(([label, { byteLength: bytes }]) => ({ label, bytes })));
    const weights = new Map<string, Buffer>();
    entries.forEach(([name, data], i) => {
      const buffer = allocation.buffers[i] as Buffer;
      gpu.write(buffer, data);
      weights.set(name, buffer);
    });
    const small = new Map([...parameters].filter(([name]) => !packed.has(name)));
    return new Encoder(gpu, graph, family, small, weights, allocation);
  }

  /** Makes a plan ready to run over a workspace. The workspace may serve several encoders of one plan in turn. */
  bind(plan: Plan, workspace: Workspace): Promise<Forward> {
    return bindForward(
      this.gpu,
      plan,
      workspace,
      {
        weights: (name) => find(this.#weights, name),
        values: (name) => find(this.#small, name),
      },
      this.family,
    );
  }

  dispose(): void {
    this.#allocation.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function kernelOf(op: Extract<GraphNode['op'], { kind: 'conv' | 'linear' }>): number {
  return op.kind === 'conv' ? op.kernel : 1;
}

function need(parameters: ReadonlyMap<string, Float32Array>, name: string, node: GraphNode): Float32Array {
  const found = parameters.get(name);
  if (!found) throw new MemgpuError('MISSING_TENSOR', `node ${node.name} needs the parameter ${name}`);
  return found;
}

function find<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new MemgpuError('MISSING_TENSOR', `the plan needs the parameter ${name}`);
  return found;
}
