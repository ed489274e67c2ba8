import type { Allocation, Bindings, Buffer, Gpu, Recording } from '../gpu/gpu.js';
import type { NodeShape } from '../graph/graph.js';
import type { Epilogue, Plan, PlanTensor, Step } from '../graph/plan.js';
import { convKernel } from '../kernels/conv.js';
import { type EpilogueParts, packChannels } from '../kernels/epilogue.js';
import type { Family } from '../kernels/family.js';
import { pointwiseKernel } from '../kernels/pointwise.js';
import { globalAvgpoolKernel, poolKernel } from '../kernels/pool.js';
import type { SizedKernel } from '../kernels/sized-kernel.js';
import type { Workspace } from './workspace.js';

/** A tapped node as it lies in memory: [views][height][width][channels padded to a multiple of 4], f32. */
export interface Tap {
  readonly node: string;
  readonly shape: NodeShape;
  readonly buffer: Buffer;
}

/** Where a plan's parameters come from. */
export interface Parameters {
  /** Packed weights of a convolution or a linear layer. */
  weights(name: string): Buffer;
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
  family: Family,
): Promise<Forward> {
  const sized = plan.steps.map((step) => kernelOf(plan, step, workspace.views, family));
  const pipelines = await gpu.compile(sized.map(({ kernel }) => kernel));

  const packed = plan.steps.map((step) =>
    'epilogue' in step ? packEpilogue(tensor(plan, step.output).shape.channels, step.epilogue, parameters) : null,
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
    const { node, shape, tapped } = tensor(plan, step.output);
    if (tapped) taps.push({ node, shape, buffer: slot(step.output) });
    const bound = buffersOf(step, slot, channels[i], workspace, parameters);
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

function kernelOf(plan: Plan, step: Step, views: number, family: Family): SizedKernel {
  const { shape: from } = tensor(plan, step.input);
  const { shape: to } = tensor(plan, step.output);
  const positions = from.height * from.width;
  switch (step.kind) {
    case 'conv': {
      const { kernel, stride, padding } = step;
      return convKernel({ views, ...from, out: to.channels, kernel, stride, padding }, partsOf(step.epilogue), family);
    }
    case 'linear':
      return convKernel(
        { views, ...from, out: to.channels, kernel: 1, stride: 1, padding: 0 },
        partsOf(step.epilogue),
        family,
      );
    case 'pointwise':
      return pointwiseKernel({ views, positions, channels: from.channels }, partsOf(step.epilogue));
    case 'pool': {
      const { kernel, stride, padding } = step;
      return poolKernel({ views, ...from, kernel, stride, padding }, step.mode);
    }
    case 'global-avgpool':
      return globalAvgpoolKernel({ views, positions, channels: from.channels });
  }
}

function buffersOf(
  step: Step,
  slot: (tensor: number) => Buffer,
  channels: Buffer | undefined,
  workspace: Workspace,
  parameters: Parameters,
): Buffer[] {
  const input = slot(step.input);
  const output = slot(step.output);
  if (step.kind === 'pool' || step.kind === 'global-avgpool') return [input, output];
  const residual = step.epilogue.residual === null ? [] : [slot(step.epilogue.residual)];
  const packed = channels as Buffer;
  if (step.kind === 'pointwise') return [input, packed, output, ...residual];
  return [input, parameters.weights(step.weight), packed, output, workspace.count, ...residual];
}

function partsOf(epilogue: Epilogue): EpilogueParts {
  return {
    bias: epilogue.bias !== null,
    affine: epilogue.affine !== null,
    relu: epilogue.relu,
    residual: epilogue.residual !== null,
    reluAfterAdd: epilogue.reluAfterAdd,
  };
}

function packEpilogue(out: number, { bias, affine }: Epilogue, parameters: Parameters): Float32Array {
  return packChannels(out, {
    ...(bias === null ? {} : { bias: parameters.values(bias) }),
    ...(affine === null ? {} : { scale: parameters.values(affine.scale), shift: parameters.values(affine.shift) }),
  });
}
