import type { NodeShape } from './graph.js';

/**
 * What a plan is: steps in order of execution over tensors that live in memory slots. Pure data, made by functions of
 * this room, executed by `encoder/`. One step is one kernel of `kernels/`.
 */
export interface Plan {
  readonly tensors: readonly PlanTensor[];
  readonly steps: readonly Step[];
  /** Bytes per view of each memory slot (f32, channels padded to a multiple of 4). */
  readonly slots: readonly number[];
}

/** A materialised node. Tensor 0 is the input. */
export interface PlanTensor {
  readonly node: string;
  readonly shape: NodeShape;
  readonly slot: number;
  readonly tapped: boolean;
}

/** What happens to a value before it is stored: + bias, · scale + shift, ReLU, + residual, ReLU; each part optional. */
export interface Epilogue {
  readonly bias: string | null;
  readonly affine: { readonly scale: string; readonly shift: string } | null;
  readonly relu: boolean;
  /** Index of the tensor added. */
  readonly residual: number | null;
  readonly reluAfterAdd: boolean;
}

export type Step = {
  /** Names of the graph nodes that this step computes; the last one is what is stored. */
  readonly nodes: readonly string[];
  readonly input: number;
  readonly output: number;
} & (
  | {
      readonly kind: 'conv';
      readonly weight: string;
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
      readonly epilogue: Epilogue;
    }
  | { readonly kind: 'linear'; readonly weight: string; readonly epilogue: Epilogue }
  /** An epilogue alone, on a stored tensor. */
  | { readonly kind: 'pointwise'; readonly epilogue: Epilogue }
  | {
      readonly kind: 'pool';
      readonly mode: 'max' | 'avg';
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
    }
  | { readonly kind: 'global-avgpool' }
);
