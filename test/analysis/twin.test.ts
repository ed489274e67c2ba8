import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAnalysis } from '../../src/analysis/analyze.js';
import { resolveOptions } from '../../src/analysis/options.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { values } from '../kernels/run-kernel.js';
import { openTestGpu } from '../open-gpu.js';
import { nchwToNhwc, runGraphF64 } from '../reference/forward.js';
import { type TinyEncoder, tinyEncoder } from './tiny-pair.js';

/** The whole way from given views to scores against a plain float64 transcription, on pairs whose sizes are drawn. */

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

type Vector = Float64Array;

function sumOver(a: Vector, b: Vector, term: (x: number, y: number) => number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += term(a[i] as number, b[i] as number);
  return sum;
}
const dot = (a: Vector, b: Vector) => sumOver(a, b, (x, y) => x * y);
const unit = (v: Vector) => {
  const norm = Math.sqrt(dot(v, v));
  return norm === 0 ? v : v.map((x) => x / norm);
};
/** Of unit vectors for cosine and angular. */
const DISTANCES = {
  l2: (a: Vector, b: Vector) => Math.sqrt(sumOver(a, b, (x, y) => (x - y) ** 2)),
  l1: (a: Vector, b: Vector) => sumOver(a, b, (x, y) => Math.abs(x - y)),
  cosine: (a: Vector, b: Vector) => 1 - dot(a, b),
  angular: (a: Vector, b: Vector) => Math.acos(Math.min(1, Math.max(-1, dot(a, b)))) / Math.PI,
};

test.each([
  { widths: [3, 7, 6, 10], views: 3, images: 5, features: 'normalized', distance: 'l2' },
  { widths: [5, 4, 9, 13], views: 2, images: 4, features: 'raw', distance: 'l2' },
  { widths: [2, 3, 5, 6], views: 13, images: 3, features: 'normalized', distance: 'l1' },
  { widths: [4, 4, 4, 4], views: 4, images: 3, features: 'normalized', distance: 'cosine' },
  { widths: [1, 2, 3, 9], views: 5, images: 2, features: 'raw', distance: 'angular' },
] as const)(
  'widths $widths, $views views, $features features, $distance: all nodes agree with float64',
  async (drawn) => {
    const { widths, views, images, features, distance } = drawn;
    const f = await tinyEncoder(gpu, 11, widths);
    const g = await tinyEncoder(gpu, 12, widths);
    const each = views * 3 * 32 * 32;
    // Views of an image resemble each other, as real ones do.
    const given = values(images * each, 5, -0.4, 0.4);
    const common = values(images * 3 * 32 * 32, 6, -1.6, 1.6);
    for (let i = 0; i < given.length; i++) {
      const [image, within] = [Math.floor(i / each), i % 3072];
      given[i] = (given[i] as number) + (common[image * 3072 + within] as number);
    }
    const outcome = await runAnalysis({
      f,
      g,
      input: {
        views: { name: 'views', images, views, size: 32, read: async (i) => given.slice(i * each, (i + 1) * each) },
      },
      options: resolveOptions({ layers: ['*'], features, distance, resamples: 100 }),
      chunkImages: 2,
    });
    const oracle = [f, g].map(({ model }: TinyEncoder) =>
      runGraphF64(model.graph, model.parameters, nchwToNhwc(given, images * views, model.graph.input), images * views),
    );
    const [scores] = outcome.scores;
    expect(scores?.layers.map(({ node }) => node)).toEqual([...(oracle[0] as Map<string, Float64Array>).keys()]);
    for (const layer of scores?.layers ?? []) {
      const alignments = oracle.map((nodes) => {
        const all = nodes.get(layer.node) as Float64Array;
        const length = all.length / (images * views);
        return Array.from({ length: images }, (_, i) => {
          const z = Array.from({ length: views }, (_, v) => {
            const vector = all.slice((i * views + v) * length, (i * views + v + 1) * length);
            return features === 'raw' && distance !== 'angular' ? vector : unit(vector);
          });
          let sum = 0;
          for (let j = 0; j < views; j++)
            for (let k = j + 1; k < views; k++) sum += DISTANCES[distance](z[j] as Vector, z[k] as Vector);
          return sum / ((views * (views - 1)) / 2);
        });
      });
      for (let i = 0; i < images; i++) {
        const [a, b] = [alignments[0]?.[i] as number, alignments[1]?.[i] as number];
        expect(Math.abs((layer.alignmentF[i] as number) - a) / a, `${layer.node} alignment of f`).toBeLessThan(3e-4);
        expect(Math.abs((layer.alignmentG?.[i] as number) - b) / b, `${layer.node} alignment of g`).toBeLessThan(3e-4);
        const ratio = (b - a) / (b + a);
        expect(Math.abs((layer.sslmem?.[i] as number) - ratio), `${layer.node} SSLMem`).toBeLessThan(3e-4);
      }
      const all = (oracle[0] as Map<string, Float64Array>).get(layer.node) as Float64Array;
      const rows = all.length / layer.units / images;
      const means = Array.from({ length: images * layer.units }, (_, at) => {
        const [image, u] = [Math.floor(at / layer.units), at % layer.units];
        let sum = 0;
        for (let r = 0; r < rows; r++) sum += all[(image * rows + r) * layer.units + u] as number;
        return sum / rows;
      });
      const largest = Math.max(...means.map(Math.abs));
      means.forEach((mean, at) => {
        expect(Math.abs((layer.mu[at] as number) - mean), `${layer.node} mu`).toBeLessThan(1e-4 * largest);
      });
    }
  },
);
