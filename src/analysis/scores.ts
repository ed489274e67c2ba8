import { MemgpuError } from '../errors.js';
import { type Score, sslMem } from '../metrics/sslmem.js';
import { type UnitRest, unitMem } from '../metrics/unitmem.js';
import type { LayerScores, SetScores } from './result.js';

/** What the pass measured at one layer: chunks joined in order, so that entry i belongs to the set's image i. */
export interface LayerMeasurements {
  readonly node: string;
  readonly units: number;
  /** [n] each; g null without a reference. */
  readonly alignmentF: ArrayLike<number>;
  readonly alignmentG: ArrayLike<number> | null;
  /** [n, units] unit means of f, row-major; empty for nodes without units. */
  readonly mu: Float32Array;
}

export interface SetMeasurements extends Omit<SetScores, 'layers'> {
  readonly layers: readonly LayerMeasurements[];
}

export interface ScoreOptions {
  readonly score: Score;
  readonly unitRest: UnitRest;
}

/**
 * The scores of each image and unit of a set: SSLMem against g, and UnitMem of the set on its own. In f64, layer by
 * layer, images in order: nothing depends on how the images were batched.
 * @throws NON_FINITE naming node and image; SHAPE_MISMATCH naming the node; BAD_DATASET for a set without images.
 */
export function scoreSet(measured: SetMeasurements, options: ScoreOptions): SetScores {
  const { set, index, names, labels } = measured;
  if (index.length === 0) throw new MemgpuError('BAD_DATASET', `the set ${set} has no images`);
  return { set, index, names, labels, layers: measured.layers.map((layer) => scoreLayer(layer, measured, options)) };
}

function scoreLayer(layer: LayerMeasurements, measured: SetMeasurements, options: ScoreOptions): LayerScores {
  const n = measured.index.length;
  const { node, units, mu } = layer;
  const lengths = [layer.alignmentF.length, layer.alignmentG?.length ?? n, units === 0 ? n : mu.length / units];
  if (lengths.some((length) => length !== n)) {
    throw new MemgpuError(
      'SHAPE_MISMATCH',
      `${node}: ${measured.set} has ${n} images, its alignments and unit means ${lengths.join(', ')}`,
    );
  }
  refuseNonFinite(layer.alignmentF, 1, 'alignment of f', node, measured);
  if (layer.alignmentG !== null) refuseNonFinite(layer.alignmentG, 1, 'alignment of g', node, measured);
  if (units > 0) refuseNonFinite(mu, units, 'unit mean', node, measured);
  const compared = units > 0 && n > 1 ? unitMem(mu, units, options.unitRest) : null;
  return {
    node,
    units,
    alignmentF: asFloat64(layer.alignmentF),
    alignmentG: layer.alignmentG === null ? null : asFloat64(layer.alignmentG),
    sslmem: layer.alignmentG === null ? null : sslMem(layer.alignmentF, layer.alignmentG, options.score),
    get mu() {
      return layer.mu;
    },
    unitmem: compared?.unitmem ?? new Float64Array(0),
    argmax: compared?.argmax ?? new Int32Array(0),
  };
}

function asFloat64(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

function refuseNonFinite(
  values: ArrayLike<number>,
  perImage: number,
  what: string,
  node: string,
  { set, names }: SetMeasurements,
): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const image = names[Math.floor(i / perImage)];
    throw new MemgpuError('NON_FINITE', `${node}: the ${what} for ${set} image ${image} is ${values[i]}`, {
      hint: 'Features this large overflow float32: use features "normalized", and check the weights and --norm.',
    });
  }
}
