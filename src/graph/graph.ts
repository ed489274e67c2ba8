/**
 * An encoder as data. A node is one tensor with a name people know; its value is what `op` makes of `inputs`.
 * Nodes stand in order of execution. Weights are named, not held: `ops.ts` says which arrays an op reads.
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

/** What a node computes. `ops.ts` gives each kind its shapes and costs, `encoder/operations/` its kernel. */
export type Op =
  /** weight [out, in / groups, kernel, kernel], bias [out]; symmetric zero padding. */
  | {
      readonly kind: 'conv';
      readonly weight: string;
      readonly bias: string | null;
      readonly out: number;
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
      /** Default 1. */
      readonly groups?: number;
    }
  /** What a 3×3 convolution of stride 1 reads where it is computed by Winograd F(2×2, 3×3) (`winograd.ts`). */
  | { readonly kind: 'winograd-input' }
  /** That convolution: weight [out, in, 3, 3], bias [out], output [height, width]. */
  | {
      readonly kind: 'winograd';
      readonly weight: string;
      readonly bias: string | null;
      readonly out: number;
      readonly height: number;
      readonly width: number;
    }
  /** A convolution whose stride is its kernel, without padding; its positions become tokens, row by row. */
  | {
      readonly kind: 'patch-embed';
      readonly weight: string;
      readonly bias: string | null;
      readonly out: number;
      readonly kernel: number;
    }
  /** x·scale + shift per channel: a normalisation in evaluation mode. */
  | { readonly kind: 'affine'; readonly scale: string; readonly shift: string }
  | { readonly kind: 'relu' }
  /** x · ½(1 + erf(x / √2)). */
  | { readonly kind: 'gelu' }
  /** Padding counts as −∞. */
  | { readonly kind: 'maxpool'; readonly kernel: number; readonly stride: number; readonly padding: number }
  /** Sum over the window / kernel²: padding counts as zeros. */
  | { readonly kind: 'avgpool'; readonly kernel: number; readonly stride: number; readonly padding: number }
  /** Mean over all positions, or over those from the `from`-th on: without class token and registers. */
  | { readonly kind: 'global-avgpool'; readonly from?: number }
  | { readonly kind: 'add' }
  /** weight [out, in], bias [out]; at every position. */
  | {
      readonly kind: 'linear';
      readonly weight: string;
      readonly bias: string | null;
      readonly out: number;
      /** Trained numbers behind weight and bias, where these are not they: a LayerScale is folded in, say. */
      readonly trained?: number;
    }
  /** Every `stride`-th position, with (out − in) / 2 zero channels before and the rest after: option A of a CIFAR ResNet. */
  | { readonly kind: 'shortcut-pad'; readonly out: number; readonly stride: number }
  /**
   * Class token and registers before the patches, positions added. `table` [prefix (+ patches if `positions`), D]: the
   * `prefix` tokens with what is added to them, then what is added to each patch. `trained` numbers are behind it.
   */
  | {
      readonly kind: 'tokens';
      readonly table: string;
      readonly prefix: number;
      /** Present where the prefix has no class token. */
      readonly registersOnly?: true;
      readonly positions: boolean;
      readonly trained: number;
    }
  /** One token alone. */
  | { readonly kind: 'token'; readonly index: number }
  /** Over the channels of each position; weight, bias [D]. */
  | { readonly kind: 'layernorm'; readonly weight: string; readonly bias: string; readonly eps: number }
  /** [a | b] → a·σ(a)·b: half as many channels. */
  | { readonly kind: 'swiglu' }
  /** qkv [T, 3·D], heads within each third → q·kᵀ / √(D / heads) [heads, T, T]. */
  | { readonly kind: 'attention-scores'; readonly heads: number }
  /** Over the keys of each query. */
  | { readonly kind: 'softmax' }
  /** Probabilities and qkv → probabilities · v [T, D]. */
  | { readonly kind: 'attention-values'; readonly heads: number }
  /** The last three in one; what fusion makes of them where neither scores nor probabilities are wanted. */
  | { readonly kind: 'attention'; readonly heads: number };

export type OpKind = Op['kind'];
export type OpOf<K extends OpKind> = Extract<Op, { kind: K }>;

/** Shape of a node per view: [height, width, channels]; flat ones are [1, 1, D]. */
export interface NodeShape {
  /** Of tokens their number, of attention the heads. */
  readonly height: number;
  /** Of tokens 1, of attention the queries. */
  readonly width: number;
  /** Of attention the keys. */
  readonly channels: number;
  /** Present where the positions are tokens: how many of them (class token, registers) stand before the patches. */
  readonly tokens?: { readonly prefix: number; readonly registersOnly?: true };
  /** Present where the channels are the keys of an attention map. */
  readonly attention?: true;
}
