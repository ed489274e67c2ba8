import { describe, expect, test } from 'vitest';
import { compare, KERNELS_SCHEMA } from '../../bench/baseline.js';
import { figure, percent, scatter } from '../../bench/cells.js';
import { madeUpResNet9 } from '../../bench/made-up.js';
import { type KernelsReport, printKernels } from '../../bench/print-kernels.js';
import { type ModelsReport, printModels } from '../../bench/print-models.js';
import { standardCases } from '../../bench/standard.js';
import { nullGpu } from '../../src/gpu/null.js';
import { spreadOf, timingOf } from './timings.js';

const PLAIN = { strong: (text: string) => text, faint: (text: string) => text, warn: (text: string) => text };
const { facts } = nullGpu();
const SOFTWARE = { ...facts, name: 'A software adapter', driver: 'driver 1.2', kind: 'software' as const };

/** As long as times get, with every clock. */
const LONG = timingOf(spreadOf(12_345), { cpu: spreadOf(12_345, 1234, 23_456), gpu: spreadOf(12_345) });
const roof = (rate: number) => ({ timing: LONG, rate });
const roofs = { arithmetic: roof(81.23), memory: roof(5.678), workgroup: roof(4.321) };
const cost = spreadOf(12.3456);

async function reportOf(kind: 'software' | 'hardware'): Promise<KernelsReport> {
  const kernels = standardCases(await madeUpResNet9(), kind).map(({ name }, i) => ({
    name,
    kernel: name,
    flops: 1e9,
    bytes: 1e9,
    timing: LONG,
    compileMs: 1234,
    clock: 'cpu' as const,
    gflops: 12_345,
    gbs: 1234,
    roof: i % 2 ? ('memory' as const) : ('arithmetic' as const),
    ofRoof: 0.0123,
  }));
  const run = { adapter: SOFTWARE, robust: false, roofs: { arithmetic: 81.23, memory: 5.678 }, kernels };
  return {
    schema: KERNELS_SCHEMA,
    ...run,
    repeats: 5,
    before: roofs,
    after: roofs,
    costs: { dispatch: cost, workgroup: cost, submit: cost, readback: cost, readbackRate: cost },
    overhead: { images: 32, views: 10, analysis: LONG, plain: LONG, share: 0.107, kernels: [] },
    comparison: {
      file: 'before.json',
      ...compare(run, run),
    },
  };
}

const longest = (lines: readonly string[]) => Math.max(...lines.map((line) => [...line].length));

describe.each(['software', 'hardware'] as const)('the rows of a %s adapter', (kind) => {
  test.each([80, 120, 200])('fit into %d columns, with no name cut', async (width) => {
    const report = await reportOf(kind);
    const lines = printKernels(report, PLAIN, width);
    expect(longest(lines)).toBeLessThanOrEqual(width);
    for (const { name } of report.kernels) expect(lines.filter((line) => line.startsWith(`${name} `))).toHaveLength(2);
  });
});

test('in 80 columns a row has the rate that its roof counts, in a wide one both', async () => {
  const report = await reportOf('software');
  const [arithmetic, memory] = report.kernels;
  const row = (width: number, name: string) =>
    printKernels(report, PLAIN, width).find((line) => line.startsWith(name))!;
  expect(row(80, arithmetic!.name)).toMatch(/12345 +180 % +12345 +12345 GFLOP\/s +1\.2 %$/);
  expect(row(80, memory!.name)).toMatch(/1234 GB\/s +1\.2 %$/);
  expect(row(120, memory!.name)).toMatch(/12345 +1234 +memory +1\.2 % +1234$/);
});

test('a comparison tells how many rows changed, and which way', async () => {
  const report = await reportOf('software');
  const [first] = report.kernels;
  const times = (ms: number) => timingOf(spreadOf(ms));
  const baseline = { ...report, kernels: [{ name: first!.name, timing: times(2) }] };
  const lines = (ms: number) => {
    const rows = report.kernels.map((row) => ({ ...row, timing: times(ms) }));
    const comparison = {
      file: 'before.json',
      ...compare(baseline, { ...report, kernels: rows, adapter: { driver: 'driver 2' } }),
    };
    return printKernels({ ...report, comparison }, PLAIN, 80)
      .join('\n')
      .replaceAll(/\s+/g, ' ');
  };
  const others = report.kernels.length - 1;
  const told = `; ${others} are new; its driver was another version; the roofs themselves: arithmetic × 1.00, memory × 1.00`;
  expect(lines(3)).toContain(`before.json: 1 of 1 rows changed beyond both spreads${told}`);
  expect(lines(3)).toContain(`${first!.name} 2.00 3.00 1.50 slower`);
  expect(lines(1)).toContain(`${first!.name} 2.00 1.00 0.50 faster`);
  expect(lines(2)).toContain('0 of 1 rows changed');
});

test.each([80, 120])('the tables of models fit into %d columns', (width) => {
  const report: ModelsReport = {
    schema: 'memgpu-bench-models/1',
    adapter: SOFTWARE,
    robust: false,
    repeats: 5,
    models: [
      {
        ...{
          name: 'vit-base/16@224',
          precision: 'f32' as const,
          family: 'ViT',
          size: 224,
          parameters: 1,
          multiplyAdds: 1,
          batch: 320,
        },
        ...{ timing: LONG, imagesPerSecond: 12_345, gflops: 12_345, gpuBytes: 2 ** 34, processBytes: 2 ** 34 },
        coldStart: { process: 1234, adapter: 1234, weights: 12_345, pipelines: 12_345, firstBatch: 12_345 },
      },
    ],
  };
  const lines = printModels(report, PLAIN, width);
  expect(longest(lines)).toBeLessThanOrEqual(width);
  expect(lines.filter((line) => line.startsWith('vit-base/16@224 '))).toHaveLength(2);
  // The parts of a cold start, and their sum.
  expect(lines.find((line) => line.includes('39503'))).toMatch(
    / 1234 +1234 +12345 +12345 +12345 +39503 +16384 +16384$/,
  );
});

test('figures have three significant digits; spreads are shares of the median', () => {
  expect([0, 0.01234, 1.5, 99.95, 271.4, 12_345].map(figure)).toEqual(['0', '0.0123', '1.50', '100', '271', '12345']);
  expect([0.0123, 0.5, 1.234].map(percent)).toEqual(['1.2 %', '50 %', '123 %']);
  expect(scatter(spreadOf(10, 9, 12))).toBe('30 %');
  expect(scatter(spreadOf(0))).toBe('–');
});
