import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnalysisRequest, planAnalysis, runAnalysis } from '../../src/analysis/analyze.js';
import { BatchRunner } from '../../src/analysis/batch-runner.js';
import { buildReport } from '../../src/analysis/build-report.js';
import { resolveOptions } from '../../src/analysis/options.js';
import { warningOfPrecision } from '../../src/analysis/precision-warning.js';
import { Encoder } from '../../src/encoder/encoder.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { openTestGpu } from '../open-gpu.js';
import { exampleReport } from '../report/example.js';
import { randomImages, range, type TinyEncoder, tinyEncoder } from './tiny-pair.js';

let gpu: Gpu;
/** In f32, and as if in another precision: its weights keep eight bits. */
let exact: { f: TinyEncoder; g: TinyEncoder };
let coarse: { f: TinyEncoder; g: TinyEncoder };
beforeAll(async () => {
  gpu = await openTestGpu();
  exact = { f: await tinyEncoder(gpu, 1), g: await tinyEncoder(gpu, 2) };
  coarse = { f: await rounded(exact.f), g: await rounded(exact.g) };
});
afterAll(() => gpu.dispose());

async function rounded(of: TinyEncoder): Promise<TinyEncoder> {
  const parameters = new Map(
    [...of.model.parameters].map(([name, values]) => {
      const bits = new Uint32Array(values.slice().buffer).map((word) => word & 0xffff_0000);
      return [name, new Float32Array(bits.buffer)];
    }),
  );
  const encoder = await Encoder.load(gpu, { ...of.model, parameters }, { precision: 'f32-winograd' });
  return { ...of, encoder, inF32: () => Encoder.load(gpu, of.model) };
}

const sets = { candidates: randomImages(range(0, 5)), external: randomImages(range(100, 104)) };
/** Early ones, and batches of as many images as are measured twice: few kernels to compile. */
const LAYERS = ['layer1_head.relu', 'add'];
const options = (given: Record<string, unknown> = {}) =>
  resolveOptions({ views: 2, resamples: 100, layers: LAYERS, ...given });
const run = (request: Partial<AnalysisRequest> = {}) =>
  runAnalysis({ ...coarse, input: { sets }, options: options(), chunkImages: 2, ...request });

/** The candidates' scores in one precision alone. */
async function scoresIn(pair: { f: TinyEncoder; g: TinyEncoder }) {
  const { scores } = await run(pair);
  return scores[0]!.layers;
}

/** Unit means of an encoder for the first images, by layer. */
async function meansOf({ encoder }: TinyEncoder, images: number): Promise<Float32Array[]> {
  const plan = planAnalysis({ ...exact, input: { sets }, options: options() });
  using runner = await BatchRunner.open([encoder], plan.taps, plan.source, images, options());
  const { f } = await runner.run(await runner.prepare('candidates', 0, images));
  return f.map(({ mu }) => mu);
}

describe('the measured error', () => {
  test('is that of two runs, over the first two images: unit means, alignments, SSLMem', async () => {
    const { precision } = await run();
    expect(precision).toMatchObject({ name: 'f32-winograd', images: 2 });
    const [one, other] = [await scoresIn(coarse), await scoresIn(exact)];
    const means = { f: await meansOf(exact.f, 2), g: await meansOf(exact.g, 2) };
    const rough = { f: await meansOf(coarse.f, 2), g: await meansOf(coarse.g, 2) };
    for (const [l, { node, units, alignment, sslmem }] of precision!.layers.entries()) {
      expect(node).toBe(LAYERS[l]);
      const [a, b] = [one[l]!, other[l]!];
      const relative = [0, 1].flatMap((i) => [
        Math.abs(a.alignmentF[i]! / b.alignmentF[i]! - 1),
        Math.abs(a.alignmentG![i]! / b.alignmentG![i]! - 1),
      ]);
      expect(alignment).toBeCloseTo(Math.max(...relative), 12);
      expect(sslmem).toBe(Math.max(...[0, 1].map((i) => Math.abs(a.sslmem![i]! - b.sslmem![i]!))));
      const ofMeans = (['f', 'g'] as const).map((encoder) => {
        const [wanted, found] = [means[encoder][l]!, rough[encoder][l]!];
        return Math.max(...found.map((x, i) => Math.abs(x - wanted[i]!))) / Math.max(...wanted.map(Math.abs));
      });
      expect(units! / Math.max(...ofMeans)).toBeCloseTo(1, 6);
      for (const figure of [units, alignment, sslmem]) expect(figure).toBeGreaterThan(1e-6);
    }
  });

  test('of the score range is taken on the range of the whole set', async () => {
    const ratioless = await run({ options: options({ score: 'difference' }) });
    const ranged = await run({ options: options({ score: 'range' }) });
    ranged.precision!.layers.forEach(({ sslmem }, l) => {
      const differences = ratioless.scores[0]!.layers[l]!.sslmem!;
      const width = Math.max(...differences) - Math.min(...differences);
      expect(sslmem).toBeCloseTo(ratioless.precision!.layers[l]!.sslmem! / width, 12);
    });
  });

  test('is measured of one encoder, of one image, without views to compare, and of given views', async () => {
    const first = async (request: Partial<AnalysisRequest>) => {
      const { precision } = await run(request);
      return {
        ...precision,
        layers: precision!.layers.map(({ units, alignment, sslmem }) => [units, alignment, sslmem]),
      };
    };
    const some = expect.any(Number);
    const alone = await first({ g: undefined });
    expect(alone).toEqual({ name: 'f32-winograd', images: 2, layers: LAYERS.map(() => [some, some, null]) });
    const input = { sets: { external: randomImages([7]) } };
    const plain = await first({ input, options: options({ augment: 'none' }) });
    expect(plain).toEqual({ name: 'f32-winograd', images: 1, layers: LAYERS.map(() => [some, null, null]) });
    const views = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i));
    const given = {
      name: 'views',
      images: 3,
      views: 2,
      size: 32,
      read: async (i: number) => views.map((x) => x / (i + 1)),
    };
    expect(await first({ input: { views: given } })).toEqual({
      name: 'f32-winograd',
      images: 2,
      layers: LAYERS.map(() => [some, some, some]),
    });
  });

  test('leaves nothing on the GPU, and is the same in a second run', async () => {
    const before = gpu.bytes;
    const [one, other] = [await run(), await run()];
    expect(gpu.bytes).toBe(before);
    expect(other.precision).toEqual(one.precision);
  });

  test('is no work in f32, and no field of the report', async () => {
    const known = { ...exact, f: { ...exact.f, inF32: () => Promise.reject(new Error('asked for')) } };
    const outcome = await run(known);
    expect(outcome.precision).toBeNull();
    const context = { version: '0', created: new Date(), sets: {}, given: false, notes: { f: [], g: [] } };
    const [{ batch }, { facts: f }, { facts: g }] = [outcome.run, exact.f, exact.g];
    const report = buildReport(outcome, outcome.plan, { ...context, batch, timings: {}, options: options(), f, g });
    expect(report).not.toHaveProperty('precision');
    expect(report.settings.precision).toBe('f32');
  });
});

describe('a precision', () => {
  test('is that of the encoders; another one is refused, naming both', async () => {
    expect((await run()).plan.precision).toBe('f32-winograd');
    expect((await run({ options: options({ precision: 'f32-winograd' }) })).plan.precision).toBe('f32-winograd');
    await expect(run({ options: options({ precision: 'f32' }) })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: 'precision is f32, but the encoders were loaded with f32-winograd',
    });
    await expect(run({ g: exact.g })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: 'f was loaded with precision f32-winograd, g with f32',
    });
  });
});

describe('the warning', () => {
  const { layers } = exampleReport();
  const errors = (sslmem: number | null, alignment = 0) => ({
    name: 'f16',
    images: 2,
    layers: layers.map(({ node }) => ({ node, units: 0, alignment, sslmem })),
  });
  /** Half the width of the narrowest interval of the leading contrast. */
  const narrowest = Math.min(
    ...layers.map(({ contrasts }) => (contrasts[0]!.interval[1] - contrasts[0]!.interval[0]) / 2),
  );

  test('begins where twice the error of SSLMem is a tenth of the half-width of a contrast’s interval', () => {
    expect(warningOfPrecision(errors(0.0499 * narrowest), layers)).toBeNull();
    const warning = warningOfPrecision(errors(0.0501 * narrowest), layers);
    expect(warning).toMatchObject({ code: 'PRECISION_NOT_SMALL' });
    expect(warning!.value).toBeCloseTo(0.1002, 6);
  });

  test('holds LayerMem alone against the error itself, and an alignment against its relative one', () => {
    const one = exampleReport({ sizes: { candidates: 40 } }).layers;
    const half = Math.min(
      ...one.map(({ sets }) => (sets.candidates!.interval![1] - sets.candidates!.interval![0]) / 2),
    );
    expect(warningOfPrecision(errors(0.099 * half), one)).toBeNull();
    expect(warningOfPrecision(errors(0.101 * half), one)).not.toBeNull();
    const alone = exampleReport({ sizes: { candidates: 40 }, reference: false }).layers;
    const shares = alone.map(({ sets: { candidates } }) => {
      const [low, high] = candidates!.alignmentInterval;
      return (high - low) / 2 / candidates!.alignment;
    });
    expect(warningOfPrecision(errors(null, 0.099 * Math.min(...shares)), alone)).toBeNull();
    expect(warningOfPrecision(errors(null, 0.101 * Math.min(...shares)), alone)).not.toBeNull();
  });
});
