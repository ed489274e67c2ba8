import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStatistics, type StatisticsOptions, type TapStatistics } from '../../src/analysis/tap-statistics.js';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { Encoder } from '../../src/encoder/encoder.js';
import { allocateWorkspace } from '../../src/encoder/workspace.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { makePlan } from '../../src/graph/plan.js';
import { alignmentFromPairs } from '../../src/metrics/alignment.js';
import { sslMemRatio } from '../../src/metrics/sslmem.js';
import { unitMem } from '../../src/metrics/unitmem.js';
import { loadModel, type ModelOptions } from '../../src/models/load.js';
import { padChannels } from '../kernels/run-kernel.js';
import { openTestGpu } from '../open-gpu.js';
import { readGolden } from '../read-golden.js';
import { nchwToNhwc } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';

/** Golden encoders, with what their files cannot tell. */
const GOLDENS: readonly (readonly [name: string, options: ModelOptions])[] = [
  ['resnet9', {}],
  ['resnet18', { size: 64 }],
  ['resnet18-cifar', {}],
  ['resnet50-narrow', { size: 64 }],
  ['vit', { heads: 4 }],
  ['vit-reg-layerscale', { heads: 3 }],
];

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

interface Measured {
  readonly images: number;
  readonly rows: number;
  readonly taps: ReadonlyMap<string, TapStatistics>;
}

async function measure(
  file: string,
  nodes: readonly string[],
  options: ModelOptions,
  normalized: boolean,
): Promise<Measured> {
  const model = await loadModel(await openSafetensors(bufferSource(await readGolden(file), file)), options);
  using encoder = await Encoder.load(gpu, model);
  const plan = makePlan(model.graph, { taps: nodes });
  const views = readSafetensors(await readGolden(`${file.split('/')[0]}/views.safetensors`)).get('views')!;
  const [images, rows] = views.shape as [number, number];
  const n = images * rows;
  using workspace = await allocateWorkspace(gpu, plan, n);
  using bound = await encoder.bind(plan, workspace);
  const measured: StatisticsOptions = { images, rows, pairs: 'all', tokens: 'all', normalized, l1: false };
  using statistics = await createStatistics(gpu, bound.taps, workspace.count, measured);
  workspace.setCount(n);
  gpu.write(workspace.slots[0]!, padChannels(Float32Array.from(nchwToNhwc(views.data, n, model.graph.input)), 3));
  const recording = gpu.record();
  bound.record(recording, n, (_, index) => statistics.record(recording, index, images));
  const [bytes] = await gpu.run(recording, [statistics.results]);
  const decoded = statistics.decode(bytes!, images);
  return { images, rows, taps: new Map(bound.taps.map(({ node }, i) => [node, decoded[i]!])) };
}

describe.each(GOLDENS)('%s, f and g over their views', (name, options) => {
  test.each([
    ['raw', false],
    ['normalized', true],
  ] as const)(
    'alignment, SSLMem, unit means, UnitMem and argmax of every node agree with the golden values, %s features',
    async (mode, normalized) => {
      const expected = readSafetensors(await readGolden(`${name}/expected.safetensors`));
      const want = (key: string) => expected.get(key)!.data;
      const { nodes } = JSON.parse(new TextDecoder().decode(await readGolden(`${name}/golden.json`)));
      const f = await measure(`${name}/f.safetensors`, nodes, options, normalized);
      const g = await measure(`${name}/g.safetensors`, nodes, options, normalized);
      expect([...f.taps.keys()]).toEqual(nodes);
      const { images, rows } = f;
      const pairs = (rows * (rows - 1)) / 2;
      for (const node of f.taps.keys()) {
        const alignment = [f, g].map(({ taps }) =>
          Array.from({ length: images }, (_, i) =>
            alignmentFromPairs(taps.get(node)!.sums.subarray(i * pairs, (i + 1) * pairs), {
              distance: 'l2',
              pairs: 'all',
            }),
          ),
        );
        for (const [e, who] of ['f', 'g'].entries()) {
          const wanted = want(`alignment/${mode}/${who}/${node}`);
          expectClose(alignment[e]!, wanted, (value) => 3e-4 * value, `${who} ${node} alignment`);
          const { mu, nonFinite } = (who === 'f' ? f : g).taps.get(node)!;
          expect(nonFinite.every((count) => count === 0)).toBe(true);
          compareUnits(mu, images, (key) => expected.get(`${key}/${who}/${node}`)?.data, `${who} ${node}`);
        }
        const sslmem = alignment[0]!.map((of, i) => sslMemRatio(of, alignment[1]![i]!));
        expectClose(sslmem, want(`sslmem/${mode}/${node}`), () => 3e-4, `${node} SSLMem`);
      }
    },
  );
});

/** @param want golden values of one node by kind; none of an attention map, which has no units */
function compareUnits(
  mu: Float32Array,
  images: number,
  want: (key: string) => Float32Array | Int32Array | undefined,
  at: string,
): void {
  const wanted = want('mu') ?? new Float32Array();
  expect(mu.length, at).toBe(wanted.length);
  if (mu.length === 0) return;
  const largest = Math.max(...Array.from(wanted, Math.abs));
  expectClose(mu, wanted, () => 1e-4 * largest, `${at} mu`);
  const units = mu.length / images;
  for (const rest of ['mean', 'median'] as const) {
    const { unitmem } = unitMem(mu, units, rest);
    expectClose(unitmem, want(`unitmem/${rest}`)!, (u) => 3e-4 * Math.max(1, u * u), `${at} UnitMem`);
  }
  const { argmax } = unitMem(mu, units);
  const wrong = [...want('argmax')!].findIndex((image, k) => {
    const column = Array.from({ length: images }, (_, i) => wanted[i * units + k]!);
    const tie = column[image]! - column[argmax[k]!]! <= 1e-5 * Math.max(...column.map(Math.abs));
    return argmax[k] !== image && !tie;
  });
  expect(wrong, `${at} argmax`).toBe(-1);
}

/** One assertion for all values: of the first beyond its bound, or of none. */
function expectClose(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  bound: (value: number) => number,
  at: string,
): void {
  expect(found.length, at).toBe(wanted.length);
  const i = Array.from(wanted).findIndex((value, k) => !(Math.abs(found[k]! - value) <= bound(value)));
  if (i >= 0) expect(Math.abs(found[i]! - wanted[i]!), `${at} ${i}`).toBeLessThanOrEqual(bound(wanted[i]!));
}
