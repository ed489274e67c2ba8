import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { useCli } from './run-cli.js';

const cli = useCli();
const TINY = ['bench', 'kernels', '--shape', 'conv:8,8,4,8', 'gemm:8,8,8', '--repeats', '1'];

const spread = { median: expect.any(Number), least: expect.any(Number), most: expect.any(Number) };
const timing = { wall: spread };
const roof = { timing, rate: expect.any(Number) };

async function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const outcome = await cli.run(args, { cwd: cli.folder });
  expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
  return outcome;
}

test('bench kernels measures shapes against roofs of the same run, and an earlier run against this one', async () => {
  const { stdout, stderr } = await run([...TINY, '--json']);
  expect(stderr).toMatch(/^Measuring 2 kernels on /);
  const report = JSON.parse(stdout);
  const roofs = { arithmetic: roof, memory: roof, workgroup: roof };
  expect(report).toMatchObject({
    schema: 'memgpu-bench-kernels/1',
    adapter: { name: expect.any(String), driver: expect.any(String) },
    repeats: 1,
    before: roofs,
    after: roofs,
    roofs: { arithmetic: expect.any(Number), memory: expect.any(Number) },
    costs: { dispatch: spread, workgroup: spread, submit: spread, readback: spread, readbackRate: spread },
    overhead: null,
    comparison: null,
  });
  expect(report.robust).toBe(report.adapter.kind === 'hardware');
  expect(report.kernels.map(({ name }: { name: string }) => name)).toEqual(['conv 3x3/1 4>8 @8 b8', 'gemm 8x8x8']);
  for (const kernel of report.kernels) {
    expect(kernel).toMatchObject({ kernel: expect.any(String), timing, compileMs: expect.any(Number) });
    const ms = kernel.timing[kernel.clock].median;
    expect(kernel.gflops).toBeCloseTo(kernel.flops / ms / 1e6, 9);
    expect(kernel.gbs).toBeCloseTo(kernel.bytes / ms / 1e6, 9);
    const shares = [kernel.gflops / report.roofs.arithmetic, kernel.gbs / report.roofs.memory];
    expect(kernel.ofRoof).toBeCloseTo(Math.max(...shares), 9);
    expect(kernel.roof).toBe(shares[0]! >= shares[1]! ? 'arithmetic' : 'memory');
  }

  const file = cli.path('before.json');
  writeFileSync(file, stdout);
  const table = (await run([...TINY, '--baseline', file, '--quiet'])).stdout;
  expect(table).toMatch(/^roof of memory /m);
  expect(table).toMatch(/^work +ms /m);
  expect(table.replaceAll(/\s+/g, ' ')).toMatch(/: \d of 2 rows changed beyond both spreads; the roofs themselves: /);
  expect(table.match(/^gemm 8x8x8 /gm)).toHaveLength(2);

  const other = cli.path('other.json');
  writeFileSync(other, JSON.stringify({ ...report, adapter: { ...report.adapter, name: 'Another GPU' } }));
  const refused = await cli.run([...TINY, '--baseline', other]);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain("was measured on 'Another GPU', not on ");
});

test('bench models measures each encoder in a process of its own', async () => {
  const command = ['bench', 'models', '--model', 'resnet20*,resnet9*', '--batch', '1', '--repeats', '1', '--json'];
  const { stdout, stderr } = await run(command);
  expect(stderr).toBe('Measuring resnet9@32.\nMeasuring resnet20@32.\n');
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({
    schema: 'memgpu-bench-models/1',
    adapter: { name: expect.any(String) },
    repeats: 1,
    models: [
      { name: 'resnet9@32', family: 'ResNet-9', batch: 1, size: 32, timing },
      { name: 'resnet20@32', family: 'ResNet-20', batch: 1, size: 32, timing },
    ],
  });
  for (const { timing: timed, multiplyAdds, parameters, imagesPerSecond, gflops, ...row } of report.models) {
    expect(imagesPerSecond).toBeCloseTo(1000 / (timed.cpu ?? timed.gpu ?? timed.wall).median, 6);
    expect(gflops).toBeCloseTo((2 * multiplyAdds * imagesPerSecond) / 1e9, 9);
    expect(row.gpuBytes).toBeGreaterThan(parameters * 4);
    expect(row.processBytes).toBeGreaterThan(row.gpuBytes);
    expect(Object.keys(row.coldStart)).toEqual(['process', 'adapter', 'weights', 'pipelines', 'firstBatch']);
    for (const part of Object.values(row.coldStart)) expect(part).toBeGreaterThan(0);
  }
});

describe('refused with exit code 2', () => {
  test.concurrent.each([
    ['kernels --shape gemm:1,2', 'BAD_OPTION: --shape: "gemm:1,2" is no shape'],
    ['kernels --shape gemm:1,2,3 --only conv*', 'BAD_OPTION: --shape and --only contradict each other'],
    ['kernels --only cunv*', "BAD_OPTION: --only: 'cunv*' names none of the"],
    ['kernels --baseline missing.json', "IO: --baseline: 'missing.json' cannot be read"],
    ['kernels --baseline .', "BAD_OPTION: --baseline: '.' is no report of an earlier run"],
    ['kernels --baseline /dev/zero', "BAD_OPTION: --baseline: '/dev/zero' is no report of an earlier run"],
    ['kernels --baseline report.json', "BAD_OPTION: --baseline: 'report.json': schema"],
    ['kernels --baseline half.json', "BAD_OPTION: --baseline: 'half.json' is no JSON"],
    ['kernels --repeats 0', 'BAD_OPTION: --repeats: 0 is no whole number from 1 to 1000'],
    ['models --model resnet90', "BAD_OPTION: --model: 'resnet90' names none of the 7"],
    ['models --batch 1.5', 'BAD_OPTION: --batch: 1.5 is no whole number from 1 to 4096'],
  ])('memgpu bench %s', async (args, message) => {
    writeFileSync(cli.path('report.json'), '{"schema": "memgpu-report/1"}');
    writeFileSync(cli.path('half.json'), readFileSync(cli.path('report.json')).subarray(0, 9));
    const outcome = await cli.run(['bench', ...args.split(' ')], { cwd: cli.folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain(`memgpu: ${message}`);
  });
});
