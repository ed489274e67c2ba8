import type { AdapterFacts } from '../gpu/gpu.js';

/** The four named sets, in the order in which they are run, stored and shown. */
export const SET_NAMES = ['candidates', 'shared', 'independent', 'external'] as const;
export type SetName = (typeof SET_NAMES)[number];

export type Interval = readonly [low: number, high: number];

/** A warning with the number behind it; `message` says what to do. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly value: number | string | null;
}

/** What is known of a set that was run. */
export interface SetFacts {
  readonly source: string;
  readonly n: number;
  readonly sha256: string;
}

export interface EncoderFacts {
  readonly file: string;
  readonly sha256: string;
  readonly family: string;
  /** The name map that matched. */
  readonly map: string;
  /** How it learned, where its naming tells. */
  readonly training?: string;
  /** Attention heads, as they were computed. */
  readonly heads?: number;
  /** What its user said about its architecture, where anything was said. */
  readonly options?: {
    readonly heads?: number;
    readonly stem?: string;
    readonly stride?: string;
    readonly origin?: string;
  };
  readonly parameters: number;
  /** Epsilon of its normalisations. */
  readonly eps: number;
  /** How images reached it: side in pixels, then (x − mean) / std per channel on [0, 1]. */
  readonly preprocessing: {
    readonly size: number;
    readonly resize?: number;
    readonly interpolation: 'bilinear' | 'bicubic';
    readonly mean: readonly [number, number, number];
    readonly std: readonly [number, number, number];
  };
  /** Tensors of the file that are not part of the encoder. */
  readonly ignored: readonly string[];
}

/** UnitMem of one layer on one set (metrics: Eq. 5–8 of the paper). */
export interface UnitMemSummary {
  /** Images it was computed on. */
  readonly n: number;
  readonly mean: number;
  readonly median: number;
  /** At 0, .1, .25, .5, .75, .9, 1. */
  readonly quantiles: readonly number[];
  /** Units whose means are 0 for every image. */
  readonly dead: number;
  /** Units whose means have both signs: their UnitMem is ill-conditioned and may leave [0, 1]. */
  readonly mixedSign: number;
  /** Units whose means are never above 0 and not all 0: their UnitMem is at most 0. */
  readonly negative: number;
}

/** One layer on one set. LayerMem, Δ and intervals are null without a reference. */
export interface LayerSet {
  readonly n: number;
  /** Mean over images of f's alignment (distance between views). */
  readonly alignment: number;
  readonly alignmentInterval: Interval;
  readonly layermem: number | null;
  readonly interval: Interval | null;
  readonly delta: number | null;
  readonly deltaInterval: Interval | null;
  /** Null for nodes without units, and for a set of one image. */
  readonly unitmem: UnitMemSummary | null;
}

/** Set a minus set b: of LayerMem where there is a reference, of f's alignment (b − a, so that more memory is more) where not. */
export interface Contrast {
  readonly a: SetName;
  readonly b: SetName;
  readonly difference: number;
  readonly interval: Interval;
  readonly auc: number;
  readonly aucInterval: Interval;
  /** UnitMem in both sets, each on the first min(n) images: means, quantiles. Null for nodes without units, or one image. */
  readonly unitmem: {
    readonly n: number;
    readonly a: number;
    readonly b: number;
    /** a − b. */
    readonly difference: number;
    /** Bootstrap over the layer's units, paired by unit: that other images might have been drawn is not in it. */
    readonly interval: Interval;
    /** As in `UnitMemSummary`. */
    readonly quantiles: { readonly a: readonly number[]; readonly b: readonly number[] };
  } | null;
}

export interface LayerResult {
  readonly node: string;
  readonly label: string;
  /** The op of the node: 'conv', 'relu', 'add' … */
  readonly kind: string;
  /** 0 for attention maps, which have none. */
  readonly units: number;
  /** Per view: [C, H, W], tokens [T, D], attention maps [heads, T, T], or [D]. */
  readonly shape: readonly number[];
  /** The layer that Δ is taken against, or null. */
  readonly predecessor: string | null;
  readonly sets: Readonly<Partial<Record<SetName, LayerSet>>>;
  readonly contrasts: readonly Contrast[];
}

/** How far a coarser precision's numbers lie from those of f32 at one layer; each figure the largest that was met. */
export interface LayerPrecision {
  readonly node: string;
  /** Of the unit means of f and g, relative to the layer's largest absolute one. Null for attention maps. */
  readonly units: number | null;
  /** Of the alignments of f and g, relative. Null where an image has one view. */
  readonly alignment: number | null;
  /** Of SSLMem, absolute. Null without a reference. */
  readonly sslmem: number | null;
}

/** The measured error of a precision that is not f32: the same images, views and weights in both. */
export interface PrecisionError {
  /** Such as 'f16'. */
  readonly name: string;
  /** How many images were measured twice: the first of the first set. */
  readonly images: number;
  /** In order of execution. */
  readonly layers: readonly LayerPrecision[];
}

/** An image as the report names and shows it. */
export interface ImageFacts {
  readonly set: SetName;
  /** Position within the set. */
  readonly position: number;
  readonly index: number;
  readonly name: string;
  readonly label: string | null;
  /** Place in its set by the headline score, from 1 (most memorized). */
  readonly rank: number;
  /** Headline score: SSLMem of the last layer with a reference, minus f's alignment there without. */
  readonly score: number;
  /** A PNG as a data URL, where a picture is shown. */
  readonly picture: string | null;
}

/** A unit with the image that it holds. */
export interface UnitFacts {
  readonly node: string;
  readonly unit: number;
  readonly unitmem: number;
  /** Winner: position in the first set. */
  readonly image: number;
  readonly mean: number;
  /** The runner-up's position and mean, and the margin between both relative to the winner's mean. */
  readonly runnerUp: number;
  readonly runnerUpMean: number;
  readonly margin: number;
  readonly mixedSign: boolean;
}

/** report.json. */
export interface Report {
  readonly schema: 'memgpu-report/1';
  readonly memgpu: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly mode: string;
  /** Every option, camelCase, as it was used. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly adapters: readonly AdapterFacts[];
  readonly encoders: { readonly f: EncoderFacts; readonly g?: EncoderFacts };
  readonly sets: Readonly<Partial<Record<SetName, SetFacts>>>;
  /** Only where the precision is not f32. */
  readonly precision?: PrecisionError;
  readonly layers: readonly LayerResult[];
  /** Most and least memorized images of the first set, by rank; then winners of the top units that are not among them. */
  readonly images: readonly ImageFacts[];
  /** The units with the highest UnitMem of the headline layers, on the first set. */
  readonly units: readonly UnitFacts[];
  /** Seconds, by phase of the run. */
  readonly timings: Readonly<Record<string, number>>;
  readonly warnings: readonly Warning[];
}

/** Numbers per image and unit of one layer on one set, as scores.safetensors and the CSV files hold them. */
export interface LayerScores {
  readonly node: string;
  readonly units: number;
  /** [n] each; g and sslmem null without a reference. */
  readonly alignmentF: Float64Array;
  readonly alignmentG: Float64Array | null;
  readonly sslmem: Float64Array | null;
  /**
   * [n, units] unit means of f, row-major; empty for nodes without units. Where a run keeps its chunks in files they are
   * read from there, and hold until the means of another layer of the set are asked for.
   */
  readonly mu: Float32Array;
  /** [units]; both empty for nodes without units, and for a set of one image. `argmax`: position within the set. */
  readonly unitmem: Float64Array;
  readonly argmax: Int32Array;
}

export interface SetScores {
  readonly set: SetName;
  readonly index: readonly number[];
  readonly names: readonly string[];
  readonly labels: readonly (string | null)[];
  readonly layers: readonly LayerScores[];
}
