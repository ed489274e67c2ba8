import type { Graph } from '../graph/graph.js';
import type { Preprocessing } from './preprocessing.js';

/** What a checkpoint offers, as far as models need it: tensors by name, read one at a time as f32. */
export interface Weights {
  /** For messages: the file's name. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readF32(name: string): Promise<Float32Array>;
}

/** One way to name a family's tensors in files. */
export interface NameMap {
  /** Shown in reports: whose naming it is. */
  readonly name: string;
  /** Names in the file (after a wrapper's prefix) that together tell this naming from all others. */
  readonly signature: readonly string[];
  /**
   * The names of the encoder's tensors in the file, mapped to the canonical ones that the graph's ops use. `has` tells
   * which tensors the file holds, where depth or options show in that.
   */
  tensors(has: (name: string) => boolean): ReadonlyMap<string, string>;
  /** Names in the file that may be there and go with the encoder: a classifier, for instance. Canonical by name. */
  readonly optional: ReadonlyMap<string, string>;
}

/** An architecture that memgpu knows. A new one is one file like `resnet9.ts` and one line in `families.ts`. */
export interface Family {
  readonly name: string;
  readonly maps: readonly NameMap[];
  /** Epsilon of its normalisations, unless the user says otherwise. */
  readonly eps: number;
  /** How images reach it, unless the user says otherwise. */
  readonly preprocessing: Preprocessing;
  /**
   * The graph for views of `size` pixels, with all widths taken from the shapes of canonical tensors.
   * @throws BAD_OPTION where the family cannot take that size, SHAPE_MISMATCH where a width cannot be read off.
   */
  build(shapes: TensorShapes, size: number): Graph;
  /** Nodes tapped by default, and those whose UnitMem leads the report. */
  taps(graph: Graph): { readonly defaults: readonly string[]; readonly headline: readonly string[] };
}

/** Shapes of a checkpoint's tensors by canonical name. */
export interface TensorShapes {
  /** Undefined where the file has no such tensor. */
  of(tensor: string): readonly number[] | undefined;
  /** First axis of a weight: its output channels. @throws SHAPE_MISMATCH where the rank is another, or there are none. */
  outputs(weight: string, rank: number): number;
}
