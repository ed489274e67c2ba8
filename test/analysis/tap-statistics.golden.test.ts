import { readFileSync } from 'node:fs';
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
import { loadModel } from '../../src/models/load.js';
import { padChannels } from '../kernels/run-kernel.js';
import { openTestGpu } from '../open-gpu.js';
import { nchwToNhwc } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';

const golden = (file: string) => readFileSync(new URL(`../golden/resnet9/${file}`, import.meta.url));
const [IMAGES, VIEWS] = [12, 4];

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

async function measure(file: string, normalized: boolean): Promise<Map<string, TapStatistics>> {
  const model = await loadModel(await openSafetensors(bufferSource(golden(file))));
  using encoder = await Encoder.load(gpu, model);
  const plan = makePlan(model.graph, { taps: model.graph.nodes.map(({ name }) => name) });
  const n = IMAGES * VIEWS;
  using workspace = await allocateWorkspace(gpu, plan, n);
  using bound = await encoder.bind(plan, workspace);
  const options: StatisticsOptions = {
    images: IMAGES,
    rows: VIEWS,
    pairs: 'all',
    tokens: 'all',
    normalized,
    l1: false,
  };
  using statistics = await createStatistics(gpu, bound.taps, workspace.count, options);
  workspace.setCount(n);
  const views = readSafetensors(golden('views.safetensors')).get('views')!;
  gpu.write(workspace.slots[0]!, padChannels(Float32Array.from(nchwToNhwc(views.data, n, model.graph.input)), 3));
  const recording = gpu.record();
  bound.record(recording, n, (_, index) => statistics.record(recording, index, IMAGES));
  const [bytes] = await gpu.run(recording, [statistics.results]);
  const decoded = statistics.decode(bytes!, IMAGES);
  return new Map(bound.taps.map(({ node }, i) => [node, decoded[i]!]));
}

describe.each([
  ['raw', false],
  ['normalized', true],
] as const)('the trained pair on its 12 images × 4 views, %s features', (mode, normalized) => {
  test('alignment, SSLMem, unit means, UnitMem and argmax of every node agree with the golden values', async () => {
    const expected = readSafetensors(golden('expected.safetensors'));
    const want = (key: string) => expected.get(key)!.data;
    const f = await measure('f.safetensors', normalized);
    const g = await measure('g.safetensors', normalized);
    expect(f.size).toBe(31);
    const pairs = (VIEWS * (VIEWS - 1)) / 2;
    for (const node of f.keys()) {
      const alignment = [f, g].map((of) =>
        Array.from({ length: IMAGES }, (_, i) =>
          alignmentFromPairs(of.get(node)!.sums.subarray(i * pairs, (i + 1) * pairs), { distance: 'l2', pairs: 'all' }),
        ),
      );
      ['f', 'g'].forEach((who, e) => {
        want(`alignment/${mode}/${who}/${node}`).forEach((value, i) => {
          expect(Math.abs(alignment[e]![i]! - value) / value, `${who} ${node} alignment ${i}`).toBeLessThan(3e-4);
        });
        const { mu, nonFinite } = (who === 'f' ? f : g).get(node)!;
        expect(nonFinite.every((count) => count === 0)).toBe(true);
        const wanted = want(`mu/${who}/${node}`);
        const largest = Math.max(...Array.from(wanted, Math.abs));
        wanted.forEach((value, i) => {
          expect(Math.abs(mu[i]! - value) / largest, `${node} mu ${i}`).toBeLessThan(1e-4);
        });
        const units = mu.length / IMAGES;
        for (const rest of ['mean', 'median'] as const) {
          const found = unitMem(mu, units, rest);
          want(`unitmem/${rest}/${who}/${node}`).forEach((u, k) => {
            expect(Math.abs(found.unitmem[k]! - u), `${node} UnitMem ${k}`).toBeLessThan(3e-4 * Math.max(1, u * u));
          });
        }
        const { argmax } = unitMem(mu, units);
        want(`argmax/${who}/${node}`).forEach((image, k) => {
          const column = Array.from({ length: IMAGES }, (_, i) => wanted[i * units + k]!);
          const tie = column[image]! - column[argmax[k]!]! <= 1e-5 * Math.max(...column.map(Math.abs));
          expect(argmax[k] === image || tie, `${node} argmax ${k}`).toBe(true);
        });
      });
      want(`sslmem/${mode}/${node}`).forEach((value, i) => {
        const found = sslMemRatio(alignment[0]![i]!, alignment[1]![i]!);
        expect(Math.abs(found - value), `${node} SSLMem ${i}`).toBeLessThan(3e-4);
      });
    }
  });
});
