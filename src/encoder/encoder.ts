import { MemgpuError } from '../errors.js';
import type { Allocation, Buffer, Gpu } from '../gpu/gpu.js';
import type { Graph } from '../graph/graph.js';
import { makePlan, type Plan, type PlanOptions } from '../graph/plan.js';
import { inferShapes } from '../graph/shapes.js';
import { type Design, designFor, storageOf } from '../kernels/design.js';
import { bindForward, type Forward } from './forward.js';
import { type Operations, operationsFor } from './operations.js';
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
  readonly design: Design;
  /** The graph as the design computes it: with its nodes, and those that they are computed by. */
  readonly #computed: Graph;
  /** Biases, scales and shifts: packed anew for every plan, as fusion decides which of them meet in one kernel. */
  readonly #values: ReadonlyMap<string, Float32Array>;
  /** By the node whose op reads it. */
  readonly #packed: ReadonlyMap<string, Buffer>;
  readonly #allocations: readonly Allocation[];
  readonly #operations: Operations;

  private constructor(
    gpu: Gpu,
    graph: Graph,
    design: Design,
    computed: Graph,
    values: ReadonlyMap<string, Float32Array>,
    packed: ReadonlyMap<string, Buffer>,
    allocations: readonly Allocation[],
    operations: Operations,
  ) {
    this.gpu = gpu;
    this.graph = graph;
    this.design = design;
    this.#computed = computed;
    this.#values = values;
    this.#packed = packed;
    this.#allocations = allocations;
    this.#operations = operations;
  }

  /**
   * Packs and uploads the weights, one node after another, so that a single packed copy is held.
   * @param chosen what of the design is not the adapter's own
   * @throws MISSING_TENSOR, OUT_OF_MEMORY; BAD_OPTION where precision f16 cannot hold a weight
   */
  static async load(gpu: Gpu, model: EncoderModel, chosen: Partial<Design> = {}): Promise<Encoder> {
    const design = designFor(gpu.facts, chosen);
    const { graph } = model;
    const computed = design.precision === 'f32-winograd' ? await inWinograd(graph) : graph;
    const operations = await operationsFor(computed.nodes.map(({ op }) => op));
    const shapes = inferShapes(computed);
    const values = new Map(model.parameters);
    const allocations: Allocation[] = [];
    const packed = new Map<string, Buffer>();
    try {
      for (const { name: node, op, inputs } of computed.nodes) {
        const data = operations(op).pack?.(op, shapes.get(inputs[0]!)!, design, (name) => {
          const found = find(model.parameters, name, node);
          values.delete(name);
          return found;
        });
        if (!data) continue;
        const allocation = await gpu.allocate([{ label: `weights of ${node}`, bytes: data.byteLength }]);
        allocations.push(allocation);
        const [buffer] = allocation.buffers as [Buffer];
        gpu.write(buffer, data);
        packed.set(node, buffer);
      }
    } catch (error) {
      for (const allocation of allocations) allocation.dispose();
      throw error;
    }
    return new Encoder(gpu, graph, design, computed, values, packed, allocations, operations);
  }

  /** What its kernels are to do for these taps. Encoders of one architecture and design have equal plans. @throws as `makePlan` */
  plan(options: Omit<PlanOptions, 'storage'>): Plan {
    return makePlan(this.#computed, { ...options, storage: storageOf(this.design.precision) });
  }

  /**
   * Makes a plan ready to run over a workspace. The workspace may serve several encoders of one plan in turn.
   * @throws BAD_OPTION where the plan stores numbers in another way than this encoder's weights are stored, or an op
   * reads the views that must read halves
   */
  async bind(plan: Plan, workspace: Workspace): Promise<Forward> {
    const { precision } = this.design;
    if (plan.storage !== storageOf(precision))
      throw new MemgpuError('BAD_OPTION', `an encoder of precision ${precision} cannot store ${plan.storage}`, {
        hint: 'Encoders that share a plan need one precision.',
      });
    return bindForward(
      this.gpu,
      plan,
      workspace,
      {
        packed: (node) => find(this.#packed, node, node),
        values: (name) => find(this.#values, name, 'of the plan'),
      },
      this.design,
      this.#operations,
    );
  }

  dispose(): void {
    for (const allocation of this.#allocations) allocation.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

async function inWinograd(graph: Graph): Promise<Graph> {
  return (await import('../graph/winograd.js')).withWinograd(graph);
}

function find<T>(map: ReadonlyMap<string, T>, name: string, node: string): T {
  const found = map.get(name);
  if (found === undefined) throw new MemgpuError('MISSING_TENSOR', `node ${node} needs the parameter ${name}`);
  return found;
}
