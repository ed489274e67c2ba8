import type { ChunkLayer } from './chunk-record.js';
import { joined } from './joined.js';
import type { KeptRecord } from './pass.js';
import type { SetName } from './result.js';
import type { LayerMeasurements, SetMeasurements } from './scores.js';

/**
 * Joins the chunks of a set, in order, to what was measured of it. Takes each layer out of the records as it joins it:
 * over many images there is no room for two copies. Unit means that lie in a store are read when they are asked for,
 * into one array for all layers of the set.
 * @param compared false where an image has one view: it has no distance to another, and nothing compares f with g
 */
export function joinRecords(
  set: SetName,
  records: readonly KeptRecord[],
  layers: readonly { readonly node: string; readonly units: number }[],
  classes: readonly string[] | undefined,
  compared: boolean,
): SetMeasurements {
  const n = records.reduce((sum, { index }) => sum + index.length, 0);
  const stored = records.some(({ means }) => means !== undefined);
  const shared = new Float32Array(stored ? n * Math.max(...layers.map(({ units }) => units)) : 0);
  return {
    set,
    index: records.flatMap(({ index }) => index),
    names: records.flatMap(({ names }) => names),
    labels: records.flatMap(({ labels }) =>
      Array.from(labels, (label) => (label < 0 ? null : (classes?.[label] ?? String(label)))),
    ),
    layers: layers.map(({ node, units }): LayerMeasurements => {
      const f = take(records, node, (record) => record.f);
      const hasReference = compared && records.every(({ g }) => g !== null);
      const g = hasReference ? take(records, node, (record) => record.g) : [];
      const held = joined(
        f.map(({ mu }) => mu),
        Float32Array,
      );
      return {
        node,
        units,
        alignmentF: alignments(f),
        alignmentG: hasReference ? alignments(g) : null,
        get mu() {
          return stored && units > 0 ? readMeans(records, node, units, shared) : held;
        },
      };
    }),
  };
}

function alignments(layers: readonly ChunkLayer[]): Float64Array {
  return joined(
    layers.map(({ alignment }) => alignment),
    Float64Array,
  );
}

function readMeans(records: readonly KeptRecord[], node: string, units: number, into: Float32Array): Float32Array {
  let at = 0;
  for (const { means, index } of records) {
    const end = at + index.length * units;
    means?.(node, into.subarray(at, end));
    at = end;
  }
  return into.subarray(0, at);
}

function take(
  records: readonly KeptRecord[],
  node: string,
  layersOf: (record: KeptRecord) => Map<string, ChunkLayer> | null,
): ChunkLayer[] {
  return records.flatMap((record) => {
    const layers = layersOf(record);
    const layer = layers?.get(node);
    layers?.delete(node);
    return layer ? [layer] : [];
  });
}
