import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../reference/safetensors.js';
import { CIFAR, goldenFile, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
let f = '';
let g = '';
beforeAll(() => {
  ({ f, g } = tinyPair(cli));
});

async function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const outcome = await cli.run(args, { cwd: cli.folder });
  expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
  return outcome;
}

describe('inspect', () => {
  test('says what the trained ResNet-9 is: every node, its units, parameters and multiply-adds', async () => {
    const { stdout } = await run(['inspect', goldenFile('resnet9/f.safetensors'), '--json']);
    const document = JSON.parse(stdout);
    const { nodes } = JSON.parse(readFileSync(goldenFile('resnet9/golden.json'), 'utf8'));
    expect(document.nodes.map(({ name }: { name: string }) => name)).toEqual(nodes);
    // Convolutions (K = 9 C_in) with bias, and scale and shift per channel; multiply-adds at 32, 16, 8, 8, 8, 4, 2, 2 px.
    const convs = [
      [3, 32, 32],
      [32, 64, 16],
      [64, 64, 8],
      [64, 64, 8],
      [64, 128, 8],
      [128, 256, 4],
      [256, 256, 2],
      [256, 256, 2],
    ] as const;
    const sum = (of: (from: number, to: number, side: number) => number) =>
      convs.reduce((all, [from, to, side]) => all + of(from, to, side), 0);
    expect(document.totals).toEqual({
      parameters: sum((from, to) => 9 * from * to + 3 * to),
      multiplyAdds: sum((from, to, side) => 9 * from * to * side * side),
      units: sum((_, to) => to),
    });
    expect(document.nodes.filter(({ tapped }: { tapped: boolean }) => tapped)).toHaveLength(11);
    const stored = [...readSafetensors(readFileSync(goldenFile('resnet9/f.safetensors'))).values()];
    expect(document.dtypes).toEqual({ F16: stored.length });
  });

  test('says what numbers the file holds, and what a stem that was told means', async () => {
    const tensors = readSafetensors(readFileSync(goldenFile('resnet18-cifar/f.safetensors')));
    tensors.set('bn1.num_batches_tracked', { shape: [], data: Int32Array.of(7) });
    const path = cli.path('counters.safetensors');
    writeFileSync(path, writeSafetensors(tensors));
    const { stdout } = await run(['inspect', path, '--stem', 'imagenet', '--size', '64']);
    expect(stdout).toMatch(/^numbers +mixed: F32 \(\d+ tensors\), I32 \(1 tensor\)$/m);
    expect(stdout).toMatch(/^as told +stem imagenet \(stride 2, max pooling\)$/m);
  });

  test('as text it names every node in full and marks what is measured by default', async () => {
    const { stdout } = await run(['inspect', f]);
    expect(stdout).toMatch(/^\* layer3_residual2\.relu +conv 4-2 after ReLU +32×2×2 +32$/m);
    expect(stdout).toMatch(/^ {2}layer3_residual2\.conv +conv 4-2 \(row 8\) +32×2×2 /m);
  });
});

describe('features', () => {
  test('of given views are the golden activations, within 1e-4 of the largest value of the node', async () => {
    const [out, views] = [cli.path('features.st'), cli.path('views.st')];
    const encoder = goldenFile('resnet9/f.safetensors');
    // The content decides what a file is.
    copyFileSync(goldenFile('resnet9/views.safetensors'), views);
    await run([
      'features',
      encoder,
      views,
      '--nodes',
      'pooled,add',
      '--nodes',
      'prep.conv',
      '--out',
      out,
      '--batch',
      '5',
    ]);
    const found = readSafetensors(readFileSync(out));
    const golden = readSafetensors(readFileSync(goldenFile('resnet9/activations.safetensors')));
    expect([...found.keys()].sort()).toEqual(['add', 'index', 'pooled', 'prep.conv']);
    expect(found.get('pooled')!.shape).toEqual([12, 4, 256]);
    expect(found.get('add')!.shape).toEqual([12, 4, 64, 8, 8]);
    let compared = 0;
    for (const [name, { data, shape }] of golden) {
      const node = name.replace(/^f\//, '');
      const values = found.get(node);
      if (!values) continue;
      compared++;
      const largest = Math.max(...Array.from(data, Math.abs));
      // The golden file holds the first views of the first images.
      const views = shape[0]!;
      expect(data.length).toBe(views * (values.data.length / 48));
      for (const [i, value] of data.entries()) {
        if (Math.abs(values.data[i]! - value) > 1e-4 * largest)
          throw new Error(`${node}[${i}]: ${values.data[i]}, not ${value}`);
      }
    }
    expect(compared).toBe(3);
  });

  test('of a dataset are those of its clean images, whatever the batch; index says which', async () => {
    const [one, all] = [cli.path('one.safetensors'), cli.path('all.safetensors')];
    const command = ['features', f, `${CIFAR}@9,3-7`, '--nodes', '*.relu', '--quiet'];
    await run([...command, '--out', one, '--batch', '1']);
    await run([...command, '--out', all]);
    expect(readFileSync(one).equals(readFileSync(all))).toBe(true);
    const tensors = readSafetensors(readFileSync(one));
    expect(Array.from(tensors.get('index')!.data)).toEqual([9, 3, 4, 5, 6, 7]);
    expect(tensors.get('prep.relu')!.shape).toEqual([6, 4, 32, 32]);
  });

  test('a name that matches no node leaves no file, and a file that exists stays', async () => {
    const out = cli.path('none.safetensors');
    const wrong = await cli.run(['features', f, `${CIFAR}@0`, '--nodes', 'poled', '--out', out]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("hint: Did you mean 'pooled'?");
    expect(existsSync(out)).toBe(false);
    writeFileSync(out, 'mine');
    const again = await cli.run(['features', f, `${CIFAR}@0`, '--nodes', 'pooled', '--out', out]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(readdirSync(cli.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

test('split writes lists that selections read, and overwrites only with --force', async () => {
  const out = cli.path('split.json');
  const command = ['split', CIFAR, '--seed', '5', '--out', out];
  expect((await run(command)).stdout).toBe(`Written to ${out}: 52 shared, 6 candidates, 6 independent\n`);
  const split = JSON.parse(readFileSync(out, 'utf8'));
  const all = [...split.shared, ...split.candidates, ...split.independent].sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 64 }, (_, i) => i));
  expect(await cli.run(command)).toMatchObject({ code: 2, stdout: '' });
  const { stdout } = await run([...command, '--force', '--json']);
  expect(JSON.parse(stdout)).toEqual({ out, seed: 5, sizes: { shared: 52, candidates: 6, independent: 6 } });
  await run(['features', f, `${CIFAR}@${out}:candidates`, '--nodes', 'pooled', '--out', cli.path('split.safetensors')]);
  const { data } = readSafetensors(readFileSync(cli.path('split.safetensors'))).get('index')!;
  expect(Array.from(data)).toEqual(split.candidates);
});

describe('doctor', () => {
  test('names the adapter and checks every kernel on it', async () => {
    const { stdout } = await run(['doctor', '--json']);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ node: process.version, check: { passed: true } });
    expect(document.adapter.name).not.toBe('');
    const { outcomes, kernels } = document.check;
    expect(kernels).toBeGreaterThan(70);
    expect(outcomes.filter(({ of }: { of: string }) => of === 'kernel')).toHaveLength(kernels);
    for (const { share } of outcomes) expect(share).toBeLessThanOrEqual(1);
  });

  test('without an adapter it still tells what it found, and ends with 3', async () => {
    const { code, stdout, stderr } = await cli.run(['doctor', '--adapter', 'no such adapter', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ adapter: null, check: null });
    expect(stderr).toMatch(/^memgpu: NO_ADAPTER: /);
  });
});

describe('analyze', () => {
  const options = '--views 2 --layers pooled,add --resamples 100'.split(' ');
  const small = (...more: string[]) => ['analyze', f, `${CIFAR}@0-3`, ...options, ...more];

  test('--dry-run prints the plan and writes nothing', async () => {
    const before = readdirSync(cli.folder);
    const { stdout } = await run(small('--reference', g, '--dry-run'));
    expect(stdout).toMatch(/^images +4 candidates; 2 views each$/m);
    expect(stdout).toMatch(/^chunks +1$/m);
    expect(stdout).toMatch(/^speed .* images per second, measured on one warm batch$/m);
    expect(stdout).toMatch(/^kernels +\d+, in \d+ dispatches for a batch \(--verbose lists them\)$/m);
    expect(stdout).not.toMatch(/^conv /m);
    // f and g share shapes: every convolution is dispatched twice, or four times where two have one shape.
    const listed = (await run(small('--reference', g, '--dry-run', '--verbose'))).stdout;
    const convs = [...listed.matchAll(/^conv .* (\d+)$/gm)].map(([, dispatches]) => Number(dispatches));
    expect(convs.reduce((sum, n) => sum + n, 0)).toBe(16);
    const plan = JSON.parse((await run(small('--dry-run', '--json', '--quiet'))).stdout);
    expect(plan).toMatchObject({ batch: 32, chunks: 1, views: 2, sets: { candidates: 4 }, layers: ['add', 'pooled'] });
    expect(readdirSync(cli.folder)).toEqual(before);
  });

  test('--json prints report.json and nothing else; what goes on is told on stderr', async () => {
    const out = cli.path('json');
    const { stdout, stderr } = await run(small('--json', '--batch', '1', '--out', out));
    expect(stdout).toBe(readFileSync(`${out}/report.json`, 'utf8'));
    expect(stderr).toMatch(/^Estimate: .* for 3 more images on /m);
    const { kind } = JSON.parse(stdout).adapters[0];
    expect(stderr.match(/a GPU would be faster/g) ?? []).toHaveLength(kind === 'software' ? 1 : 0);
  });

  test('where nothing is left after the first batch, there is no estimate; --resume without a run starts one', async () => {
    const out = cli.path('nothing-left');
    const { stderr } = await run(small('--resume', '--out', out));
    expect(stderr).not.toContain('Estimate');
    expect(stderr).toContain(`There is no run to resume in ${out}: a new one starts.`);
    expect(existsSync(`${out}/report.json`)).toBe(true);
  });

  test('the summary goes to stdout, without colours where NO_COLOR is set', async () => {
    const out = cli.path('colours');
    const { stdout, stderr } = await cli.run(small('--quiet', '--no-pictures', '--out', out), {
      env: { FORCE_COLOR: '1', NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/^memgpu \d/);
    expect(stdout).toContain(`Written to ${out}: report.json`);
    expect(stdout).not.toContain('\u001b[');
    expect(stderr).toBe('');
    expect(readFileSync(`${out}/report.json`, 'utf8')).not.toContain('data:image');
  });

  test('with the view built beside the command, report.html holds the report, its pictures and the view', async () => {
    writeFileSync(`${cli.home}/report-view.js`, '/* the view */');
    writeFileSync(`${cli.home}/report-view.css`, '/* the style */');
    const out = cli.path('html');
    expect((await run(small('--quiet', '--out', out))).stdout).not.toContain('\u001b[');
    const html = readFileSync(`${out}/report.html`, 'utf8');
    expect(html).toContain('<script>/* the view */</script>');
    expect(html).toContain('<style>/* the style */</style>');
    expect(html).toContain('"schema": "memgpu-report/1"');
    expect(html).toContain('data:image/png');
  });

  test('an empty list of operations is the preset none: one view, and a warning that there are no pairs', async () => {
    const [ops, out] = [cli.path('no-ops.json'), cli.path('no-ops')];
    writeFileSync(ops, '[]');
    await run(small('--augment', ops, '--out', out, '--quiet'));
    const { settings, warnings } = JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
    expect(settings.augment).toEqual([]);
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'NO_PAIRS' }));
  });

  test('a file of operations is an augmentation, and a wrong one is refused by name; colours come where forced', async () => {
    const [ops, bad] = [cli.path('ops.json'), cli.path('bad.json')];
    writeFileSync(ops, '[{"op": "horizontal-flip", "p": 0.5}]');
    writeFileSync(bad, '[{"op": "horizontal-flop", "p": 0.5}]');
    const out = cli.path('ops');
    const { stdout } = await cli.run(small('--augment', ops, '--out', out, '--quiet'), { env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[1mmemgpu ');
    const { settings } = JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
    expect(settings.augment).toEqual([{ op: 'horizontal-flip', p: 0.5 }]);
    const refused = await cli.run(small('--augment', bad, '--out', cli.path('bad-ops'), '--quiet'));
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('horizontal-flip');
    expect(existsSync(cli.path('bad-ops'))).toBe(false);
  });
});
