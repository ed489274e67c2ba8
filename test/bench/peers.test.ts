import { describe, expect, test } from 'vitest';
import { compare, toleranceOf } from '../../bench/peers/accuracy.js';
import { foldNorm } from '../../bench/peers/folded.js';
import {
  flopsOf,
  GPU_JOBS,
  graphOf,
  inputOf,
  JOBS,
  jobOf,
  NORM_EPS,
  transpose,
  weightsOf,
} from '../../bench/peers/jobs.js';
import { channelsFirst, channelsLast } from '../../bench/peers/layouts.js';
import { OnnxGraph } from '../../bench/peers/onnx.js';
import { peersPlot } from '../../bench/peers/plot.js';
import { compareInChromium, type JobResult, type PeersResult, type Row, spreadOf } from '../../bench/peers/result.js';
import { number, peersMarkdown } from '../../bench/peers/table.js';

describe('jobs', () => {
  test('have the work that everyone counts', async () => {
    const gflop = async (name: string) => {
      const job = jobOf(name);
      return flopsOf(job, (await graphOf(job.network)).graph) / 1e9;
    };
    expect(await gflop('gemm')).toBeCloseTo(2.147, 3);
    expect(await gflop('conv')).toBeCloseTo(2.416, 3);
    // ResNet-18 for CIFAR: 0.555 G multiply-adds an image.
    expect((await gflop('resnet18-b4')) / 4).toBeCloseTo(1.11, 2);
    expect(await gflop('vit-tiny-b8')).toBeCloseTo(5.84, 1);
    expect(await gflop('gemm-4096')).toBeCloseTo(137.4, 1);
    // 4.09 and 17.56 G multiply-adds an image, without classifiers.
    expect((await gflop('resnet50-b64')) / 64).toBeCloseTo(8.17, 1);
    expect((await gflop('vit-base-b64')) / 64).toBeCloseTo(35.1, 0);
  });

  test('name each job once, and each has an input as long as its shape says', () => {
    const all = [...JOBS, ...GPU_JOBS];
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const job of JOBS) expect(inputOf(job).length).toBe(job.input.reduce((product, length) => product * length));
  });

  test('of the analysis has the layers that its output counts', async () => {
    const { layers } = await graphOf('resnet9-pair');
    expect(layers.length).toBe(jobOf('analysis').output[1]);
  });
});

describe('accuracy', () => {
  test('of a product allows four times √K roundings', async () => {
    expect(toleranceOf((await graphOf('gemm')).graph)).toBe(4 * 32 * 2 ** -24);
  });

  test('is the largest difference, and refuses what is not finite', () => {
    expect(compare(Float32Array.of(1, -3), Float64Array.of(1.5, -4))).toEqual({ most: 1, peak: 4 });
    expect(() => compare(Float32Array.of(Number.NaN), Float64Array.of(1))).toThrow('value 0');
    expect(compare(Float32Array.of(1, -3, 7, 8), Float64Array.of(1.5, -4), 2, 1)).toEqual({ most: 1, peak: 4 });
    expect(() => compare(new Float32Array(2), new Float64Array(1))).toThrow('2 values, not 1');
  });
});

test('a folded normalisation gives what the two give one after the other', () => {
  const weights = weightsOf('resnet18');
  const { weight, bias } = foldNorm(weights, 'conv1', 'bn1');
  const data = (name: string) => weights.tensors.get(name)!.data;
  for (const o of [0, 63]) {
    const sum = data('conv1.weight')
      .subarray(o * 27, (o + 1) * 27)
      .reduce((total, value) => total + value, 0);
    const folded = weight.subarray(o * 27, (o + 1) * 27).reduce((total, value) => total + value, bias[o]!);
    const scale = data('bn1.weight')[o]! / Math.sqrt(data('bn1.running_var')[o]! + NORM_EPS);
    const expected = (sum - data('bn1.running_mean')[o]!) * scale + data('bn1.bias')[o]!;
    // 28 roundings of 2⁻²⁴ of numbers below 4.
    expect(Math.abs(folded - expected)).toBeLessThan(28 * 4 * 2 ** -24);
  }
});

describe('layouts', () => {
  test('channels last pads with zeros, and comes back', () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect([...channelsLast(values, [1, 3, 1, 2], 4)]).toEqual([1, 3, 5, 0, 2, 4, 6, 0]);
    expect([...channelsFirst(channelsLast(values, [1, 3, 1, 2]), [1, 3, 1, 2])]).toEqual([...values]);
  });

  test('a transposed matrix has rows for columns', () => {
    expect([...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});

test('an ONNX model has the bytes that protobuf prescribes', () => {
  const graph = new OnnxGraph();
  graph.node('y', 'Add', ['x', graph.constant('c', [1], Float32Array.of(1))], { axis: -1 });
  const hex = Buffer.from(graph.model([1], [1])).toString('hex');
  // Node: inputs x and c, output y, name y, Add, and axis −1 in the ten bytes of a negative number.
  const axis = '0a0461786973' + '18ffffffffffffffffff01' + 'a00102';
  expect(hex).toContain(`${'0a0178'}${'0a0163'}${'120179'}${'1a0179'}${'2203416464'}2a14${axis}`);
  // Initializer: dims 1, FLOAT, the name, four bytes of 1.
  expect(hex).toContain(`${'2a0d'}${'0801'}${'1001'}${'420163'}${'4a040000803f'}`);
  // ModelProto: ir_version 8 before the graph, opset 17 of the default domain behind it.
  expect(hex.startsWith('08083a')).toBe(true);
  expect(hex.endsWith('42040a001011')).toBe(true);
});

const row = (peer: string, host: Row['host'], backend: Row['backend'], runs: readonly number[]): Row => ({
  peer,
  host,
  backend,
  ours: peer === 'memgpu',
  create: 10,
  first: 20,
  runs,
  foreign: runs.map(() => 0.25),
  difference: 1e-6,
});

const job: JobResult = {
  name: 'gemm',
  title: 'Product <1>',
  units: null,
  unit: null,
  flops: 2e9,
  peak: 4,
  tolerance: 1e-4,
  target: 4,
  rows: [
    row('memgpu', 'Chromium', 'WebGPU', [200, 100, 300]),
    row('memgpu', 'Node', 'WebGPU', [100]),
    row('slow', 'Chromium', 'WebGPU', [1600]),
    row('quick', 'Chromium', 'WebGPU', [600]),
    row('cpu', 'Node', 'CPU', [10]),
  ],
  absent: [{ peer: 'gone', reason: 'it is not there' }],
};

const result: PeersResult = {
  schema: 'memgpu-peers/1',
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'A & B', cores: 2, memoryGiB: 8, system: 'Linux', adapters: { Chromium: 'SwiftShader' } },
  versions: { memgpu: '0.1.0' },
  jobs: [job],
};

describe('a result', () => {
  test('is compared with the fastest other WebGPU program in Chromium, by medians', () => {
    const comparison = compareInChromium(job)!;
    expect(comparison.best.peer).toBe('quick');
    expect(comparison.ratio).toBe(3);
    expect(comparison.quickest).toBe(6);
  });

  test('has the median of an even number of runs between the middle two', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, least: 1, most: 4, n: 4 });
  });

  test('says in its table which aim was missed, what was not measured, and how loaded the machine was', () => {
    const table = peersMarkdown(result);
    expect(table).toContain('| Product <1> | 200 ms | quick, 600 ms | 3.0 | 6.0 | 4: **missed** |');
    expect(table).toContain('| **memgpu** | Chromium, WebGPU | 200 [100–300] | 3 | 10.0 | 1.00 |');
    expect(table).toContain('- Not measured: gone: it is not there');
    expect(table).toContain('0.25 cores');
    expect(table).toContain('emulates a GPU');
    expect(peersMarkdown({ ...result, jobs: [{ ...job, target: 3 }] })).toContain('3: met');
  });

  test('is drawn with a bar for each program, ordered and escaped', () => {
    const svg = peersPlot(result);
    const widths = [...svg.matchAll(/<rect x="250" y="[\d.]+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths.length).toBe(job.rows.length);
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(svg).toContain('Product &lt;1&gt;');
    expect(svg).toContain('A &amp; B');
  });
});

test('numbers have three digits', () => {
  expect([0.1234, 12.34, 1234.5].map(number)).toEqual(['0.12', '12.3', '1235']);
});
