import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { CIFAR, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
let f = '';
let g = '';
beforeAll(() => {
  ({ f, g } = tinyPair(cli));
});

const command = (out: string, ...more: string[]) => [
  ...['analyze', f, '--reference', g, '--candidates', `${CIFAR}@0-3`, '--resamples', '100'],
  ...['--out', cli.path(out), ...more],
];
const reportOf = (out: string) => JSON.parse(readFileSync(`${cli.path(out)}/report.json`, 'utf8'));
const codes = (out: string) => reportOf(out).warnings.map(({ code }: { code: string }) => code);

test('terminal, report.json and plan name the mode, with the options that it decides', async () => {
  const layers = ['--layers', 'layer3_residual2.conv,add_1'];
  const run = await cli.run(command('paper', '--mode', 'paper', '--views', '2', ...layers));
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toContain('mode paper');
  const { mode, settings } = reportOf('paper');
  expect(mode).toBe('paper');
  expect(settings).toMatchObject({ mode: 'paper', features: 'raw', pairs: 'all', score: 'ratio', unitRest: 'mean' });
  expect(codes('paper')).toContain('RAW_SCALE');
  const plan = await cli.run(command('plan', '--mode', 'paper', '--views', '2', '--dry-run'));
  expect(plan.stdout).toMatch(/^mode +paper$/m);
  expect(plan.stdout).toMatch(/^layers +18: prep\.conv, prep\.relu, /m);
});

test('authors-script says which of the two scripts its views are of', async () => {
  const layers = ['--layers', 'layer3_residual2.relu'];
  expect(await cli.run(command('script', '--mode', 'authors-script', ...layers))).toMatchObject({ code: 0 });
  const { settings, warnings } = reportOf('script');
  expect(settings).toMatchObject({ augment: 'script-scores', views: 5, pairs: 'clean', unitRest: 'median' });
  expect(warnings).toContainEqual(expect.objectContaining({ code: 'ONE_SCRIPT_OF_TWO', value: 'script-scores' }));
});

test('a run is not gone on with in another mode, even where all options are the same', async () => {
  const same = ['--layers', 'add_1', '--views', '2', '--augment', 'normal'];
  const raw = ['--features', 'raw'];
  expect(await cli.run(command('mixed', ...same, ...raw))).toMatchObject({ code: 0 });
  for (const start of [[], ['--resume']]) {
    const refused = await cli.run(command('mixed', ...same, '--mode', 'paper', ...start));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/BAD_OPTION: .*holds another run: .*mode/);
  }
});
