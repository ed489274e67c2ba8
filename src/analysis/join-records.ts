import type { ChunkLayer, ChunkRecord } from './chunk-record.js';
import type { SetName } from './result.js';
import type { LayerMeasurements, SetMeasurements } from './scores.js';

/** Joins the chunks of a set, in order, to what was measured of it. */
export function joinRecords(
  set: SetName,
  records: readonly ChunkRecord[],
  layers: readonly { readonly node: string; readonly units: number }[],
  classes: readonly string[] | undefined,
): SetMeasurements {
  const n = records.reduce((sum, { index }) => sum + index.length, 0);
  const join = (node: string, pick: (record: ChunkRecord) => ReadonlyMap<string, ChunkLayer> | null) => {
    const alignment = new Float64Array(n);
    let at = 0;
    for (const record of records) {
      const part = pick(record)?.get(node)?.alignment ?? new Float64Array(0);
      alignment.set(part, at);
      at += part.length;
    }
    return alignment;
  };
  return {
    set,
    index: records.flatMap(({ index }) => index),
    names: records.flatMap(({ names }) => names),
    labels: records.flatMap(({ labels }) =>
      Array.from(labels, (label) => (label < 0 ? null : (classes?.[label] ?? String(label)))),
    ),
    layers: layers.map(({ node, units }): LayerMeasurements => {
      const mu = new Float32Array(n * units);
      let at = 0;
      for (const record of records) {
        const part = record.f.get(node)?.mu ?? new Float32Array(0);
        mu.set(part, at);
        at += part.length;
      }
      return {
        node,
        units,
        alignmentF: join(node, ({ f }) => f),
        alignmentG: records.every(({ g }) => g !== null) ? join(node, ({ g }) => g) : null,
        mu,
      };
    }),
  };
}
