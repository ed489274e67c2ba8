import type { Buffer } from '../gpu/gpu.js';
import type { NodeShape, Op, OpKind, OpOf } from '../graph/graph.js';
import { positions } from '../graph/ops.js';
import type { Storage } from '../half.js';
import type { Design } from '../kernels/design.js';
import type { EpilogueParts } from '../kernels/epilogue.js';
import type { SizedKernel } from '../kernels/sized-kernel.js';

/** A step that a kernel is wanted for. */
export interface Site<O extends Op> {
  readonly op: O;
  /** The most views of a run. */
  readonly views: number;
  /** Shape of the first input, and of the output. */
  readonly from: NodeShape;
  readonly to: NodeShape;
  /** How the output and the weights are stored, and how the first input. */
  readonly storage: Storage;
  readonly source: Storage;
  readonly epilogue: EpilogueParts;
  readonly design: Design;
}

/** The buffers of a step. */
export interface StepBuffers {
  readonly inputs: readonly Buffer[];
  readonly output: Buffer;
  /** What `pack` made of the op's own numbers. */
  readonly packed: Buffer;
  /** Bias, scale and shift of the epilogue. */
  readonly channels: Buffer;
  /** The tensor that the epilogue adds: one, or none. */
  readonly residual: readonly Buffer[];
  /** Uniform: the number of views of the run. */
  readonly count: Buffer;
}

/** How an op runs: where graph and kernels meet, once per op. */
export interface Operation<O extends Op> {
  /** The op's own numbers as its kernel reads them. Left out where it has none but those of the epilogue. */
  pack?(op: O, from: NodeShape, design: Design, values: (name: string) => Float32Array): Float32Array | Uint32Array;
  kernel(site: Site<O>): SizedKernel;
  /** In the order of the kernel's bindings. */
  buffers(buffers: StepBuffers): readonly Buffer[];
}

/** Operations by the kinds of their ops. */
export type OperationTable<K extends OpKind> = { readonly [Kind in K]: Operation<OpOf<Kind>> };

/** A shape whose positions are in one row. */
export function flattened(shape: NodeShape): { readonly positions: number; readonly channels: number } {
  return { positions: positions(shape), channels: shape.channels };
}

/** The buffers of an op that reads its inputs and nothing else. */
export const through = ({ inputs, output }: StepBuffers): readonly Buffer[] => [...inputs, output];

/** The buffers of a convolution, whatever computes it. */
export const convolution = (buffers: StepBuffers): readonly Buffer[] => [
  buffers.inputs[0]!,
  buffers.packed,
  buffers.channels,
  buffers.output,
  buffers.count,
  ...buffers.residual,
];
