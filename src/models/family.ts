import type { MemgpuError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { ConfigFiles } from './hugging-face-config.js';
import type { PositionRule } from './interpolate-positions.js';
import type { Preprocessing } from './preprocessing.js';
import type { Recipe } from './recipe.js';

/** What a checkpoint offers, as far as models need it: tensors by name, read one at a time as f32. */
export interface Weights {
  /** For messages: the file's name. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readF32(name: string): Promise<Float32Array>;
  /** Contents of Hugging Face's `config.json` and `preprocessor_config.json`, where they lie beside the file. */
  readonly config?: ConfigFiles;
}

/** One way to name a family's tensors in files. A family's maps stand in order: of two that match, the first is taken. */
export interface NameMap {
  /** Shown in reports: whose naming it is. */
  readonly name: string;
  /**
   * Names in the file (after a wrapper's prefix) that together tell this naming from all others. Where two maps fit one
   * encoder, the first name of both is the same tensor.
   */
  readonly signature: readonly string[];
  /** Each must match a whole name of the file, prefix and all: what tells trainings that share one naming apart. */
  readonly marks?: readonly RegExp[];
  /** Must match the prefix (wrappers stripped, with its last dot): where this naming's projects keep the encoder. */
  readonly under?: RegExp;
  /**
   * The names of the encoder's tensors in the file, mapped to the canonical ones that the family builds from. `has` tells
   * which tensors the file holds, where depth or options show in that.
   */
  tensors(has: (name: string) => boolean): ReadonlyMap<string, string>;
  /** Names in the file that may be there and go with the encoder: a classifier, for instance. Canonical by name. */
  readonly optional: ReadonlyMap<string, string>;
  /** Names that only training uses, though they look like a part of the encoder: a mask token. */
  readonly unused?: RegExp;
  /** Names that make it another network, though they stand in modules of their own. */
  readonly foreign?: RegExp;
  /** Names that stand between the encoder and its classifier, which then is not the plain one. */
  readonly beforeClassifier?: RegExp;
  /** Names that tell a network that is like this one, and what its user is told. */
  readonly lookalike?: { readonly names: RegExp; readonly hint: string };
  /** What encoders under this naming do otherwise than the family's others. */
  readonly habits?: Habits;
}

/** What no shape tells: it follows from whose code trained the encoder. */
export interface Habits {
  readonly eps?: number;
  readonly preprocessing?: Partial<Preprocessing>;
  /** How it learned, where the naming tells: 'DINO', 'MAE', 'SimCLR' … */
  readonly training?: string;
  /** Attention heads of the widths that its code builds. */
  readonly heads?: ReadonlyMap<number, number>;
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
  /** Whose code trained it, by the name of a naming ('DINO', 'MAE' …), where several share one. For every family. */
  readonly origin?: string;
}

/** A transformer's sizes as `config.json` states them. */
export interface StatedSizes {
  readonly width?: number;
  readonly depth?: number;
}

/** Something about an encoder that was assumed, for its user to check. */
export interface Note {
  readonly code: string;
  readonly message: string;
  /** The number behind it, where there is one. */
  readonly value?: number | string;
}

export interface BuildInput extends ArchitectureOptions {
  /** What `config.json` says of what the shapes show. */
  readonly stated?: StatedSizes | undefined;
  readonly shapes: TensorShapes;
  /** Side of the views in pixels. */
  readonly size: number;
  readonly eps: number;
  readonly habits: Habits;
  /** Namings that the file fits as well, where nothing in it tells which is its own. */
  readonly rivals?: readonly Pick<NameMap, 'name' | 'habits'>[];
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
  /** What its file cannot tell and its user may say, beside its origin. */
  readonly options?: readonly (keyof ArchitectureOptions)[];
  /** Epsilon of its normalisations, unless its naming or the user says otherwise. */
  readonly eps: number;
  /** How images reach it, unless its naming or the user says otherwise. */
  readonly preprocessing: Preprocessing;
  /** The same where shapes and naming tell more: the size that positions were learned for. */
  preprocessingOf?(shapes: TensorShapes, habits: Habits): Preprocessing;
  /**
   * The graph for views of `size` pixels, with all widths taken from the shapes of canonical tensors.
   * @throws BAD_OPTION where the family cannot take that size, SHAPE_MISMATCH where a width cannot be read off.
   */
  build(input: BuildInput): Architecture;
}

/** Shapes of a checkpoint's tensors by canonical name. */
export interface TensorShapes {
  /** The file's name, for messages. */
  readonly file: string;
  /** Undefined where the file has no such tensor. */
  of(tensor: string): readonly number[] | undefined;
  /** First axis of a weight: its output channels. @throws SHAPE_MISMATCH where the rank is another, or there are none. */
  outputs(weight: string, rank: number): number;
  /** The error SHAPE_MISMATCH for a tensor that is there: its shape, and what was `expected`. */
  mismatch(tensor: string, expected: string): MemgpuError;
}
