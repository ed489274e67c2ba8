import { MemgpuError } from '../errors.js';
import type { Allocation, Bindings, Buffer, Gpu, Recording } from '../gpu/gpu.js';
import type { NodeShape } from '../graph/graph.js';
import { type Epilogue, type Plan, type PlanTensor, readBy, type Step } from '../graph/plan.js';
import type { Storage } from '../half.js';
import type { Design } from '../kernels/design.js';
import { type EpilogueParts, packChannels } from '../kernels/epilogue.js';
import type { SizedKernel } from '../kernels/sized-kernel.js';
import type { Operations } from './operations.js';
import type { Workspace } from './workspace.js';

/** A tapped node as it lies in memory: [views][height][width][channels padded to a multiple of 4]. */
export interface Tap {
  readonly node: string;
  readonly shape: NodeShape;
  readonly storage: Storage;
  readonly buffer: Buffer;
}

/** Where a plan's parameters come from. */
export interface Parameters {
  /** The packed numbers of a node's op. */
  packed(node: string): Buffer;
  /** A bias, scale or shift. */
  values(name: string): Float32Array;
}

/** A plan bound to weights and memory. */
export interface Forward extends Disposable {
  /** In order of execution. */
  readonly taps: readonly Tap[];
  /** Bytes of this plan's own buffers (biases, scales and shifts). */
  readonly bytes: number;
  /**
   * Appends the forward pass of the first `views` views of the input. `onTap` is called right after the step that
   * computes a tap: what it records reads the tap before any later step overwrites it.
   */
  record(recording: Recording, views: number, onTap?: (tap: Tap, index: number) => void): void;
  dispose(): void;
}

interface BoundStep {
  readonly bindings: Bindings;
  readonly sized: SizedKernel;
  readonly tap: number;
}

export async function bindForward(
  gpu: Gpu,
  plan: Plan,
  workspace: Workspace,
  parameters: Parameters,
  design: Design,
  operations: Operations,
): Promise<Forward> {
  const sized = plan.steps.map((step) => kernelOf(plan, step, workspace.views, design, operations));
  const pipelines = await gpu.compile(sized.map(({ kernel }) => kernel));

  const packed = plan.steps.map((step) =>
    step.epilogue ? packEpilogue(tensor(plan, step.output).shape.channels, step.epilogue, parameters) : null,
  );
  const requests = packed.flatMap((data, i) =>
    data ? [{ label: `channels of ${plan.steps[i]?.nodes.at(-1)}`, bytes: data.byteLength }] : [],
  );
  const allocation: Allocation | null = requests.length > 0 ? await gpu.allocate(requests) : null;
  const buffers = [...(allocation?.buffers ?? [])];
  const channels = packed.map((data) => {
    const buffer = data ? buffers.shift() : undefined;
    if (buffer && data) gpu.write(buffer, data);
    return buffer;
  });

  const taps: Tap[] = [];
  const slot = (index: number) => workspace.slots[tensor(plan, index).slot] as Buffer;
  const steps = plan.steps.map((step, i): BoundStep => {
    const { node, shape, storage, tapped } = tensor(plan, step.output);
    if (tapped) taps.push({ node, shape, storage, buffer: slot(step.output) });
    const bound = buffersOf(step, slot, channels[i], workspace, parameters, operations);
    return {
      bindings: gpu.bind(pipelines[i] as NonNullable<(typeof pipelines)[number]>, bound),
      sized: sized[i] as SizedKernel,
      tap: tapped ? taps.length - 1 : -1,
    };
  });

  return {
    taps,
    bytes: allocation?.bytes ?? 0,
    record(recording, views, onTap) {
      for (const { bindings, sized, tap } of steps) {
        recording.dispatch(bindings, sized.grid(views));
        if (tap >= 0) onTap?.(taps[tap] as Tap, tap);
      }
    },
    dispose: () => allocation?.dispose(),
    [Symbol.dispose]: () => allocation?.dispose(),
  };
}

function tensor(plan: Plan, index: number): PlanTensor {
  return plan.tensors[index] as PlanTensor;
}

function kernelOf(plan: Plan, step: Step, views: number, design: Design, operations: Operations): SizedKernel {
  const { op, inputs, output, epilogue } = step;
  const from = tensor(plan, inputs[0]!);
  const to = tensor(plan, output);
  checkStorage(plan, step);
  return operations(op).kernel({
    op,
    views,
    from: from.shape,
    to: to.shape,
    storage: to.storage,
    source: from.storage,
    epilogue: partsOf(epilogue),
    design,
  });
}

/** Convolutions read views, in f32, also where they store halves; what else a step reads is stored as its output is. */
function checkStorage(plan: Plan, step: Step): void {
  const { op, output, nodes } = step;
  const convolves = op.kind === 'patch-embed' || op.kind === 'linear' || (op.kind === 'conv' && (op.groups ?? 1) === 1);
  const others = readBy(step).slice(convolves ? 1 : 0);
  if (others.some((read) => tensor(plan, read).storage !== tensor(plan, output).storage))
    throw new MemgpuError('BAD_OPTION', `precision f16: node ${nodes[0]} reads the views, and is no convolution`, {
      hint: 'Run this encoder with precision f32.',
    });
}

function buffersOf(
  { nodes, op, inputs, output, epilogue }: Step,
  slot: (tensor: number) => Buffer,
  channels: Buffer | undefined,
  workspace: Workspace,
  parameters: Parameters,
  operations: Operations,
): readonly Buffer[] {
  return operations(op).buffers({
    inputs: inputs.map(slot),
    output: slot(output),
    get packed() {
      return parameters.packed(nodes[0]!);
    },
    channels: channels as Buffer,
    residual: epilogue && epilogue.residual !== null ? [slot(epilogue.residual)] : [],
    count: workspace.count,
  });
}

function partsOf(epilogue: Epilogue | null): EpilogueParts {
  return {
    bias: epilogue !== null && epilogue.bias !== null,
    affine: epilogue !== null && epilogue.affine !== null,
    relu: epilogue?.activation === 'relu',
    gelu: epilogue?.activation === 'gelu',
    residual: epilogue !== null && epilogue.residual !== null,
    reluAfterAdd: epilogue?.reluAfterAdd === true,
  };
}

function packEpilogue(out: number, { bias, affine }: Epilogue, parameters: Parameters): Float32Array {
  return packChannels(out, {
    ...(bias === null ? {} : { bias: parameters.values(bias) }),
    ...(affine === null ? {} : { scale: parameters.values(affine.scale), shift: parameters.values(affine.shift) }),
  });
}
