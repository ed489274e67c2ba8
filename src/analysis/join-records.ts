import type { ChunkLayer } from './chunk-record.js';
import { joined } from './joined.js';
import type { KeptRecord } from './pass.js';
import type { SetName } from './result.js';
import type { LayerMeasurements, SetMeasurements } from './scores.js';

/**
 * Joins the chunks of a set, in order, to what was measured of it. Takes each layer out of the records as it joins it:
 * over many images there is no room for two copies.
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
    layers: nodes.map((node): LayerMeasurements => {
      const f = take(records, node, (record) => record.f);
      const hasReference = records.every(({ g }) => g !== null);
      const g = hasReference ? take(records, node, (record) => record.g) : [];
      const alignmentF = joined(
        f.map(({ alignment }) => alignment),
        Float64Array,
      );
      const mu = joined(
        f.map((layer) => layer.mu),
        Float32Array,
      );
      return {
        node,
        units: alignmentF.length === 0 ? 0 : mu.length / alignmentF.length,
        alignmentF,
        alignmentG: hasReference
          ? joined(
              g.map(({ alignment }) => alignment),
              Float64Array,
            )
          : null,
        mu,
      };
    }),
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
