import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSafetensors } from '../reference/safetensors.js';
import { useCli } from './run-cli.js';

const cli = useCli();
const golden = (file: string) => fileURLToPath(new URL(`../golden/resnet9/${file}.safetensors`, import.meta.url));

const RELUS = ['prep', 'layer1_head', 'layer1_residual1', 'layer1_residual2', 'layer2', 'layer3_head'];
const TAPS = [
  ...[...RELUS, 'layer3_residual1', 'layer3_residual2'].map((block) => `${block}.relu`),
  ...['add', 'add_1', 'pooled'],
];
const IMAGES = 12;

test('the trained pair on given views: every score of every default tap agrees with the golden values', async () => {
  const out = cli.path('out');
  const outcome = await cli.run([
    ...['analyze', golden('f'), '--reference', golden('g'), '--views-from', golden('views'), '--out', out],
  ]);
  expect(outcome).toMatchObject({ code: 0, signal: null });
  const scores = readSafetensors(readFileSync(`${out}/scores.safetensors`));
  const expected = readSafetensors(readFileSync(golden('expected')));
  const want = (name: string) => expected.get(name)!.data;
  const found = (name: string) => scores.get(`candidates/${name}`)!.data;
  const report = JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
  expect(report.layers.map(({ node }: { node: string }) => node).sort()).toEqual([...TAPS].sort());
  expect(Array.from(found('index'))).toEqual(Array.from({ length: IMAGES }, (_, i) => i));

  for (const node of TAPS) {
    for (const who of ['f', 'g']) {
      want(`alignment/normalized/${who}/${node}`).forEach((value, i) => {
        const difference = Math.abs(found(`alignment/${who}/${node}`)[i]! - value);
        expect(difference / value, `${who} ${node} alignment ${i}`).toBeLessThanOrEqual(3e-4);
      });
    }
    want(`sslmem/normalized/${node}`).forEach((value, i) => {
      expect(Math.abs(found(`sslmem/${node}`)[i]! - value), `${node} SSLMem ${i}`).toBeLessThanOrEqual(3e-4);
    });
    const means = want(`mu/f/${node}`);
    const largest = Math.max(...Array.from(means, Math.abs));
    means.forEach((value, i) => {
      expect(Math.abs(found(`mu/f/${node}`)[i]! - value), `${node} mean ${i}`).toBeLessThanOrEqual(1e-4 * largest);
    });
    const units = means.length / IMAGES;
    want(`unitmem/mean/f/${node}`).forEach((u, unit) => {
      const difference = Math.abs(found(`unitmem/${node}`)[unit]! - u);
      expect(difference, `${node} UnitMem ${unit}`).toBeLessThanOrEqual(3e-4 * Math.max(1, u * u));
    });
    want(`argmax/f/${node}`).forEach((image, unit) => {
      const column = Array.from({ length: IMAGES }, (_, i) => means[i * units + unit]!);
      const other = found(`argmax/${node}`)[unit]!;
      const tie = 1e-5 * Math.max(...column.map(Math.abs));
      expect(column[image]! - column[other]!, `${node} argmax ${unit}`).toBeLessThanOrEqual(tie);
    });
  }
});
