/**
 * An encoder as data. A node is one tensor with a name people know; its value is what `op` makes of `inputs`.
 * Nodes stand in order of execution. Weights are named, not held: `parameters` says which arrays an op reads.
 */
export interface Graph {
  readonly family: string;
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  /** The last one is the encoder's output; an `add` names its main branch first and the shortcut second. */
  readonly nodes: readonly GraphNode[];
}

export interface GraphNode {
  readonly name: string;
  readonly op: Op;
  /** Names of earlier nodes, or 'input'. */
  readonly inputs: readonly string[];
  /** What the node is, for a reader: the paper's row name where it has one, else a plain description. */
  readonly label: string;
  /** Other names for this node that `--layers` accepts. */
  readonly aliases?: readonly string[];
  /**
   * The node that Δ of this one is taken against, where the family has a rule of its own; without it, the tap before
   * this one on the main path (`taps.ts`).
   */
  readonly predecessor?: string;
}

/** Spatial tensors are [H, W, C] per view, flat ones [1, 1, D]. */
export type Op =
  /** weight [out, in, kernel, kernel], bias [out]; symmetric zero padding. */
  | {
      readonly kind: 'conv';
      readonly weight: string;
      readonly bias: string | null;
      readonly out: number;
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
    }
  /** x·scale + shift per channel: a normalisation in evaluation mode. */
  | { readonly kind: 'affine'; readonly scale: string; readonly shift: string }
  | { readonly kind: 'relu' }
  /** Padding counts as −∞. */
  | { readonly kind: 'maxpool'; readonly kernel: number; readonly stride: number; readonly padding: number }
  /** Sum over the window / kernel²: padding counts as zeros. */
  | { readonly kind: 'avgpool'; readonly kernel: number; readonly stride: number; readonly padding: number }
  /** Mean over all positions. */
  | { readonly kind: 'global-avgpool' }
  | { readonly kind: 'add' }
  /** weight [out, in], bias [out]; on flat tensors. */
  | { readonly kind: 'linear'; readonly weight: string; readonly bias: string | null; readonly out: number };

/** Shape of a node per view. */
export interface NodeShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}
