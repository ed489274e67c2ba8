import type { Buffer, Gpu, Recording } from '../src/gpu/gpu.js';
import { convKernel, convOutput } from '../src/kernels/conv.js';
import type { EpilogueParts } from '../src/kernels/epilogue.js';
import { familyFor } from '../src/kernels/family.js';
import { copyRoof, fmaRoof } from '../src/kernels/roofs.js';
import { checkBinding, groupsOfFour, type SizedKernel, viewBytes } from '../src/kernels/sized-kernel.js';
import { numbers } from './model.js';
import { type BenchShape, flopsOf } from './shapes.js';
import { best, type Timing, timeRecording } from './timing.js';

export interface KernelResult {
  readonly name: string;
  /** The kernel that the adapter gets for this shape. */
  readonly kernel: string;
  readonly timing: Timing;
  /** By the best clock; products with padding are counted. */
  readonly gflops: number;
  readonly compileMs: number;
}

export interface RoofResult {
  readonly timing: Timing;
  /** GFLOP/s of the arithmetic roof, GB/s (read and written) of the copy. */
  readonly rate: number;
}

export interface Roofs {
  readonly fma: RoofResult;
  readonly copy: RoofResult;
}

/** As in ResNet-9: the normalisation and the ReLU are part of the kernel. */
const EPILOGUE: EpilogueParts = {
  bias: true,
  affine: true,
  relu: true,
  gelu: false,
  residual: false,
  reluAfterAdd: false,
};

/** Enough work for some 50 ms on a software adapter, and to fill a large GPU. */
const FMA = { software: { workgroups: 64, loops: 256 }, hardware: { workgroups: 4096, loops: 256 } };
const COPY_WORKGROUPS = { software: 4096, hardware: 32768 };

export async function measureRoofs(gpu: Gpu, repeats: number): Promise<Roofs> {
  const { kind } = gpu.facts;
  const { workgroups, loops } = FMA[kind];
  const fma = fmaRoof(workgroups, loops);
  const factors = new Float32Array([0.96875, 0.25]);
  const [fmaTiming] = await timeKernel(gpu, repeats, fma, workgroups, [factors, fma.outputBytes]);
  const copied = Math.min(COPY_WORKGROUPS[kind], Math.floor(gpu.facts.limits.maxStorageBufferBindingSize / 4096));
  const bytes = copied * 4096;
  const [copyTiming] = await timeKernel(gpu, repeats, copyRoof(copied), copied, [bytes, bytes]);
  return {
    fma: { timing: fmaTiming, rate: fma.flops / best(fmaTiming).median / 1e6 },
    copy: { timing: copyTiming, rate: (2 * bytes) / best(copyTiming).median / 1e6 },
  };
}

/** @throws BAD_OPTION where a tensor of the shape is larger than the adapter's buffers */
export async function measureKernel(gpu: Gpu, { name, conv }: BenchShape, repeats: number): Promise<KernelResult> {
  const { views, channels, out, kernel } = conv;
  const inputBytes = viewBytes(conv);
  const outputBytes = viewBytes({ ...convOutput(conv), channels: out });
  checkBinding(gpu.facts, name, Math.max(inputBytes, outputBytes), views);
  const sized = convKernel(conv, EPILOGUE, familyFor(gpu.facts));
  const stored = 4 * groupsOfFour(out);
  const [timing, compileMs] = await timeKernel(gpu, repeats, sized, views, [
    numbers((views * inputBytes) / 4),
    numbers(stored * kernel ** 2 * 4 * groupsOfFour(channels), -0.1, 0.1),
    numbers(3 * stored),
    views * outputBytes,
    new Uint32Array([views, 0, 0, 0]),
  ]);
  return { name, kernel: sized.kernel.label, timing, gflops: flopsOf(conv) / best(timing).median / 1e6, compileMs };
}

/** @param bound the data of each binding, or the bytes of one that starts as zeros */
export async function timeKernel(
  gpu: Gpu,
  repeats: number,
  sized: SizedKernel,
  count: number,
  bound: readonly (Float32Array | Uint32Array | number)[],
): Promise<[timing: Timing, compileMs: number]> {
  const { bindings, label } = sized.kernel;
  using allocation = await gpu.allocate(
    bound.map((part, i) => ({
      label: `${label}: ${i}`,
      bytes: typeof part === 'number' ? part : Math.max(16, part.byteLength),
      usage: bindings[i] === 'uniform' ? 'uniform' : 'storage',
    })),
  );
  bound.forEach((part, i) => {
    if (typeof part !== 'number') gpu.write(allocation.buffers[i]!, part);
  });
  const start = performance.now();
  const recording = await record(gpu, sized, count, allocation.buffers);
  const compileMs = performance.now() - start;
  return [await timeRecording(gpu, recording, repeats), compileMs];
}

async function record(gpu: Gpu, sized: SizedKernel, count: number, buffers: readonly Buffer[]): Promise<Recording> {
  const [pipeline] = await gpu.compile([sized.kernel]);
  return gpu.record().dispatch(gpu.bind(pipeline!, buffers), sized.grid(count));
}
