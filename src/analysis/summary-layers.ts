import { MemgpuError } from '../errors.js';
import { bootstrapMeans, percentileInterval } from '../metrics/bootstrap.js';
import { auc, bootstrapAuc } from '../metrics/contrast.js';
import { deltaLayerMem, mean, subtract } from '../metrics/layermem.js';
import { summarizeUnits, unitMem } from '../metrics/unitmem.js';
import type {
  Contrast,
  Interval,
  LayerResult,
  LayerScores,
  LayerSet,
  SetName,
  SetScores,
  UnitMemSummary,
} from './result.js';
import { SET_NAMES } from './result.js';
import type { LayerFacts, SummaryOptions } from './summary.js';

/** Units are resampled in a stream of their own, beside those of the sets. */
const UNIT_STREAM = SET_NAMES.length;

/** A set with what was drawn from it; arrays by layer, then by image or resample. */
interface Resampled {
  readonly scores: SetScores;
  /** Its own stream of the generator: a set's intervals do not depend on which other sets there are. */
  readonly stream: number;
  readonly alignmentMeans: readonly Float64Array[];
  /** More is more memory: SSLMem with a reference, minus f's alignment without. */
  readonly memory: readonly Float64Array[];
  readonly memoryMeans: readonly Float64Array[];
}

/** One result per layer: every set, and the contrast of every pair of sets. */
export function summarizeLayers(
  sets: readonly SetScores[],
  layers: readonly LayerFacts[],
  options: SummaryOptions,
): LayerResult[] {
  checkLayers(sets, layers);
  const resampled = sets.map((scores) => resample(scores, options));
  const contrasts = (options.compared ? pairsOf(resampled) : []).map(([a, b]) => contrastsOf(a, b, layers, options));
  return layers.map((facts, l) => {
    const tapped = layers.findIndex((other) => other.node === facts.predecessor);
    const perSet = resampled.map((set) => [set.scores.set, layerSet(set, l, tapped, options)] as const);
    return {
      node: facts.node,
      label: facts.label,
      kind: facts.kind,
      units: facts.units,
      shape: facts.shape,
      predecessor: tapped < 0 ? null : facts.predecessor,
      sets: Object.fromEntries(perSet) as Partial<Record<SetName, LayerSet>>,
      contrasts: contrasts.map((ofPair) => ofPair[l]!),
    };
  });
}

function checkLayers(sets: readonly SetScores[], layers: readonly LayerFacts[]): void {
  const expected = layers.map((layer) => layer.node).join(', ');
  for (const scores of sets) {
    const found = scores.layers.map((layer) => layer.node).join(', ');
    if (found !== expected) {
      throw new MemgpuError('SHAPE_MISMATCH', `${scores.set} was scored at ${found}, not at ${expected}`);
    }
  }
}

function resample(scores: SetScores, options: SummaryOptions): Resampled {
  const stream = SET_NAMES.indexOf(scores.set);
  const alignments = scores.layers.map((layer) => layer.alignmentF);
  const memory = scores.layers.map((layer) => layer.sslmem ?? layer.alignmentF.map((alignment) => -alignment));
  const means = bootstrapMeans([...alignments, ...memory], options, stream);
  return {
    scores,
    stream,
    alignmentMeans: means.slice(0, alignments.length),
    memory,
    memoryMeans: means.slice(alignments.length),
  };
}

function layerSet(set: Resampled, l: number, predecessor: number, options: SummaryOptions): LayerSet {
  const layer = set.scores.layers[l]!;
  const before = predecessor < 0 ? null : set.scores.layers[predecessor]!;
  const paired = layer.sslmem !== null && before !== null && before.sslmem !== null;
  const interval = (means: Float64Array) => percentileInterval(means, options.confidence);
  return {
    n: set.scores.index.length,
    alignment: mean(layer.alignmentF),
    alignmentInterval: interval(set.alignmentMeans[l]!),
    layermem: layer.sslmem === null ? null : mean(layer.sslmem),
    interval: layer.sslmem === null ? null : interval(set.memoryMeans[l]!),
    delta: paired ? deltaLayerMem(layer.sslmem, before.sslmem) : null,
    deltaInterval: paired ? interval(subtract(set.memoryMeans[l]!, set.memoryMeans[predecessor]!)) : null,
    unitmem: unitMemSummary(layer, set.scores.index.length, options),
  };
}

function unitMemSummary(layer: LayerScores, n: number, options: SummaryOptions): UnitMemSummary | null {
  if (layer.unitmem.length === 0) return null;
  const { sign } = unitMem(layer.mu, layer.units, options.unitRest);
  const count = (wanted: string) => sign.filter((found) => found === wanted).length;
  return {
    n,
    ...summarizeUnits(layer.unitmem),
    dead: count('dead'),
    mixedSign: count('mixed'),
    negative: count('negative'),
  };
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}

function contrastsOf(a: Resampled, b: Resampled, layers: readonly LayerFacts[], options: SummaryOptions): Contrast[] {
  const units = compareUnits(a, b, options);
  const [ofA, ofB] = options.score === 'range' ? onOneRange(a, b) : [a, b];
  const areas = bootstrapAuc(ofA.memory, ofB.memory, options, [a.stream, b.stream]);
  return layers.map((_, l) => ({
    a: a.scores.set,
    b: b.scores.set,
    difference: mean(ofA.memory[l]!) - mean(ofB.memory[l]!),
    interval: percentileInterval(subtract(ofA.memoryMeans[l]!, ofB.memoryMeans[l]!), options.confidence),
    auc: auc(ofA.memory[l]!, ofB.memory[l]!),
    aucInterval: percentileInterval(areas[l]!, options.confidence),
    unitmem: units[l]!,
  }));
}

/** The score `range` divides each set by its own range; two sets can be compared on the range of both together. */
function onOneRange(a: Resampled, b: Resampled): [Resampled, Resampled] {
  const rangesOf = ({ scores }: Resampled) =>
    scores.layers.map(({ alignmentF, alignmentG }) => {
      const raw = alignmentG === null ? alignmentF.map((f) => -f) : subtract(alignmentG, alignmentF);
      return [raw.reduce((low, x) => Math.min(low, x)), raw.reduce((high, x) => Math.max(high, x))] as const;
    });
  const [ranges, others] = [rangesOf(a), rangesOf(b)];
  const scaled = (set: Resampled, own: typeof ranges): Resampled => {
    // Without a reference the memory is no score, and has no range of its own to be taken back.
    const factor = (l: number) => {
      if (set.scores.layers[l]!.sslmem === null) return 1;
      const both = Math.max(ranges[l]![1], others[l]![1]) - Math.min(ranges[l]![0], others[l]![0]);
      return both === 0 ? 0 : (own[l]![1] - own[l]![0]) / both;
    };
    const by = (columns: readonly Float64Array[]) => columns.map((column, l) => column.map((x) => x * factor(l)));
    return { ...set, memory: by(set.memory), memoryMeans: by(set.memoryMeans) };
  };
  return [scaled(a, ranges), scaled(b, others)];
}

/** UnitMem of two sets at every layer. Layers with equally many units share their resamples, which are drawn once. */
function compareUnits(a: Resampled, b: Resampled, options: SummaryOptions): Contrast['unitmem'][] {
  const pairs = a.scores.layers.map((layer, l) => pairUnits(layer, b.scores.layers[l]!, options));
  const intervals = new Map<UnitPair, Interval>();
  const sizes = new Set(pairs.flatMap((pair) => pair?.differences.length ?? []));
  for (const units of sizes) {
    const alike = pairs.filter((pair) => pair?.differences.length === units) as UnitPair[];
    const columns = alike.map((pair) => pair.differences);
    bootstrapMeans(columns, options, UNIT_STREAM).forEach((means, p) => {
      intervals.set(alike[p]!, percentileInterval(means, options.confidence));
    });
  }
  return pairs.map((pair) => {
    if (pair === null) return null;
    const { n, ofA, ofB } = pair;
    return {
      n,
      a: ofA.mean,
      b: ofB.mean,
      difference: ofA.mean - ofB.mean,
      interval: intervals.get(pair)!,
      quantiles: { a: ofA.quantiles, b: ofB.quantiles },
    };
  });
}

interface UnitPair {
  readonly n: number;
  readonly ofA: ReturnType<typeof summarizeUnits>;
  readonly ofB: ReturnType<typeof summarizeUnits>;
  /** [units], a − b. */
  readonly differences: Float64Array;
}

/** UnitMem grows or falls with the number of images, so both sets are cut to the smaller one's size. */
function pairUnits(a: LayerScores, b: LayerScores, options: SummaryOptions): UnitPair | null {
  const n = Math.min(a.alignmentF.length, b.alignmentF.length);
  if (a.units === 0 || n < 2) return null;
  const first = ({ mu, units }: LayerScores) => unitMem(mu.subarray(0, n * units), units, options.unitRest).unitmem;
  const [ofA, ofB] = [first(a), first(b)];
  return { n, ofA: summarizeUnits(ofA), ofB: summarizeUnits(ofB), differences: subtract(ofA, ofB) };
}
