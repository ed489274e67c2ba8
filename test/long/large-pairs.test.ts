import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/analysis/result.js';
import { useCli } from '../cli/run-cli.js';
import { writeSafetensors } from '../reference/safetensors.js';
import { resnet50, vitBase16 } from '../reference/seeded-weights.js';

const photographs = fileURLToPath(new URL('../golden/photos224', import.meta.url));
const cli = useCli();

describe.each([
  ['ResNet-50', resnet50, 50],
  ['ViT-Base/16', vitBase16, 61],
] as const)('a pair of %s', (family, weights, layers) => {
  test('is analysed over 2 photographs × 2 views at 224 pixels', async () => {
    const files = ['f', 'g'].map((salt) => {
      const path = cli.path(`${family.replace('/', '-')}-${salt}.safetensors`);
      writeFileSync(path, writeSafetensors(weights(salt).tensors));
      return path;
    });
    const [f, g] = files as [string, string];
    const out = cli.path('out');
    const args = ['analyze', f, `${photographs}/landscape`, '--reference', g, '--views', '2', '--out', out, '--force'];
    const { code, stderr } = await cli.run(args, { limit: 1_800_000 });
    expect(code, stderr).toBe(0);
    for (const path of files) rmSync(path);

    const report = JSON.parse(readFileSync(`${out}/report.json`, 'utf8')) as Report;
    expect(report.encoders.f.family).toBe(family);
    expect(report.sets.candidates?.n).toBe(2);
    expect(report.layers).toHaveLength(layers);
    for (const layer of report.layers) {
      const { alignment, layermem } = layer.sets.candidates!;
      expect(alignment, layer.node).toBeGreaterThan(0);
      expect(Math.abs(layermem!), layer.node).toBeLessThan(1);
    }
    process.stdout.write(`${family}: ${report.timings.total?.toFixed(0)} s\n`);
  }, 3_600_000);
});
