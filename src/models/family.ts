import type { Graph } from '../graph/graph.js';
import type { PositionRule } from './interpolate-positions.js';
import type { Preprocessing } from './preprocessing.js';
import type { Recipe } from './recipe.js';

/** What a checkpoint offers, as far as models need it: tensors by name, read one at a time as f32. */
export interface Weights {
  /** For messages: the file's name. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readF32(name: string): Promise<Float32Array>;
}

/** One way to name a family's tensors in files. A family's maps stand in order: of two that match, the first is taken. */
export interface NameMap {
  /** Shown in reports: whose naming it is. */
  readonly name: string;
  /** Names in the file (after a wrapper's prefix) that together tell this naming from all others. */
  readonly signature: readonly string[];
  /** Each must match a whole name of the file, prefix and all: what tells trainings that share one naming apart. */
  readonly marks?: readonly RegExp[];
  /**
   * The names of the encoder's tensors in the file, mapped to the canonical ones that the family builds from. `has` tells
   * which tensors the file holds, where depth or options show in that.
   */
  tensors(has: (name: string) => boolean): ReadonlyMap<string, string>;
  /** Names in the file that may be there and go with the encoder: a classifier, for instance. Canonical by name. */
  readonly optional: ReadonlyMap<string, string>;
  /** What encoders under this naming do otherwise than the family's others. */
  readonly habits?: Habits;
}

/** What no shape tells: it follows from whose code trained the encoder. */
export interface Habits {
  readonly eps?: number;
  readonly preprocessing?: Partial<Preprocessing>;
  /** How it learned, where the naming tells: 'DINO', 'MAE', 'SimCLR' … */
  readonly training?: string;
  /** How a table of positions is brought to another size. */
  readonly positions?: PositionRule;
  /** Padding of a 3×3 stem. */
  readonly stemPadding?: number;
}

/** What the user says about an encoder that its file cannot tell. */
export interface ArchitectureOptions {
  /** Attention heads. */
  readonly heads?: number;
  /** First layers of a ResNet: 7×7 with pooling, or 3×3 without. */
  readonly stem?: 'imagenet' | 'cifar';
  /** Which convolution of a bottleneck takes the stride. */
  readonly stride?: '3x3' | '1x1';
}

/** Something about an encoder that was assumed, for its user to check. */
export interface Note {
  readonly code: string;
  readonly message: string;
}

export interface BuildInput extends ArchitectureOptions {
  readonly shapes: TensorShapes;
  /** Side of the views in pixels. */
  readonly size: number;
  readonly eps: number;
  readonly habits: Habits;
}

export interface Architecture {
  readonly graph: Graph;
  /** Parameters of the graph that are no tensor of the file as it stands. */
  readonly recipes: readonly Recipe[];
  /** Nodes tapped by default, and those whose UnitMem leads the report; in order of execution. */
  readonly defaultTaps: readonly string[];
  readonly headline: readonly string[];
  readonly notes?: readonly Note[];
}

/** An architecture that memgpu knows. A new one is one file like `resnet9.ts` and one line in `families.ts`. */
export interface Family {
  readonly name: string;
  readonly maps: readonly NameMap[];
  /** Epsilon of its normalisations, unless its naming or the user says otherwise. */
  readonly eps: number;
  /** How images reach it, unless its naming or the user says otherwise. */
  readonly preprocessing: Preprocessing;
  /**
   * The graph for views of `size` pixels, with all widths taken from the shapes of canonical tensors.
   * @throws BAD_OPTION where the family cannot take that size, SHAPE_MISMATCH where a width cannot be read off.
   */
  build(input: BuildInput): Architecture;
}

/** Shapes of a checkpoint's tensors by canonical name. */
export interface TensorShapes {
  /** Undefined where the file has no such tensor. */
  of(tensor: string): readonly number[] | undefined;
  /** First axis of a weight: its output channels. @throws SHAPE_MISMATCH where the rank is another, or there are none. */
  outputs(weight: string, rank: number): number;
}
