import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, test } from 'vitest';
import schema from '../../src/report/report.schema.json' with { type: 'json' };
import { CIFAR, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
const NAME = 'f32-winograd';
const LAYERS = ['prep.relu', 'layer1_head.relu'];
let f = '';
let g = '';
beforeAll(() => {
  ({ f, g } = tinyPair(cli));
});

const analyze = (out: string, ...more: string[]) => [
  ...['analyze', f, '--reference', g, '--candidates', `${CIFAR}@0-2`, '--layers', LAYERS.join(',')],
  ...['--augment', 'mae', '--views', '2', '--resamples', '100', '--out', cli.path(out), ...more],
];
const reportOf = (out: string) => JSON.parse(readFileSync(cli.path(`${out}/report.json`), 'utf8'));

test('a run in another precision says and reports its error, and does not go on in a third', async () => {
  const { code, stdout, stderr } = await cli.run(analyze('other', '--precision', NAME));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(`First the error of ${NAME} is measured`);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /f32-winograd: unit means within \S+, alignment within \S+, SSLMem within \S+ of f32, measured on 2 images/,
  );
  const report = reportOf('other');
  const validate = new Ajv2020({ strictTypes: false }).compile(schema);
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  expect(report.settings.precision).toBe(NAME);
  expect(report.precision).toMatchObject({ name: NAME, images: 2 });
  expect(report.precision.layers.map(({ node }: { node: string }) => node)).toEqual(LAYERS);
  for (const { units, alignment, sslmem } of report.precision.layers) {
    expect(Math.max(units, alignment, sslmem)).toBeLessThan(1e-3);
  }

  const resumed = await cli.run(analyze('other', '--resume'));
  expect(resumed.code).toBe(2);
  expect(resumed.stderr).toContain(`settings.precision ("${NAME}", now "f32")`);
});

test('a run in f32, named or not, is the same run, and says nothing of precision', async () => {
  const { code, stdout, stderr } = await cli.run(analyze('plain'));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout + stderr).not.toMatch(/f32/);
  expect(reportOf('plain').settings.precision).toBe('f32');
  expect(reportOf('plain')).not.toHaveProperty('precision');
  const { timings: _, ...before } = reportOf('plain');
  const again = await cli.run(analyze('plain', '--precision', 'f32', '--resume'));
  expect(again.stderr).toContain('1 chunk was done before');
  expect(reportOf('plain')).toMatchObject({ layers: before.layers, settings: before.settings });
});

test('features are computed in a precision, which their file names', async () => {
  const out = cli.path('features.safetensors');
  const features = [
    'features',
    f,
    `${CIFAR}@0-1`,
    '--nodes',
    'prep.relu',
    '--out',
    out,
    '--precision',
    NAME,
    '--quiet',
  ];
  expect(await cli.run(features)).toMatchObject({ code: 0 });
  expect(readFileSync(out).subarray(0, 2000).toString('latin1')).toContain(`"precision":"${NAME}"`);
});
