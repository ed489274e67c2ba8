import type { ChunkLayer } from './chunk-record.js';
import { joined } from './joined.js';
import type { KeptRecord } from './pass.js';
import type { SetName } from './result.js';
import type { LayerMeasurements, SetMeasurements } from './scores.js';

/**
 * Joins the chunks of a set, in order, to what was measured of it. Takes each layer out of the records as it joins it:
 * over many images there is no room for two copies. Unit means that lie in a store are read each time that they are
 * asked for.
 */
export function joinRecords(
  set: SetName,
  records: readonly KeptRecord[],
  nodes: readonly string[],
  classes: readonly string[] | undefined,
): SetMeasurements {
  return {
    set,
    index: records.flatMap(({ index }) => index),
    names: records.flatMap(({ names }) => names),
    labels: records.flatMap(({ labels }) =>
      Array.from(labels, (label) => (label < 0 ? null : (classes?.[label] ?? String(label)))),
    ),
    layers: nodes.map((node) => joinLayer(records, node)),
  };
}

function joinLayer(records: readonly KeptRecord[], node: string): LayerMeasurements {
  const f = take(records, node, (record) => record.f);
  const hasReference = records.every(({ g }) => g !== null);
  const g = hasReference ? take(records, node, (record) => record.g) : [];
  const alignment = (layers: readonly ChunkLayer[]) =>
    joined(
      layers.map((layer) => layer.alignment),
      Float64Array,
    );
  const held = joined(
    f.map(({ mu }) => mu),
    Float32Array,
  );
  const stored = records.flatMap(({ means }) => (means ? [means] : []));
  const n = records.reduce((sum, { index }) => sum + index.length, 0);
  const read = () =>
    joined(
      stored.map((means) => means(node)),
      Float32Array,
    );
  return {
    node,
    units:
      (stored.length > 0 ? (stored[0]?.(node).length ?? 0) / (records[0]?.index.length ?? 1) : held.length / n) || 0,
    alignmentF: alignment(f),
    alignmentG: hasReference ? alignment(g) : null,
    get mu() {
      return stored.length > 0 ? read() : held;
    },
  };
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
