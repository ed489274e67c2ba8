import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../reference/safetensors.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';
import { CIFAR, goldenFile, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
/** 32 × 32 pixels in 16 patches. */
const vit = { width: 64, depth: 3, patch: 8, side: 4, hidden: 24 } as const;
let f = '';
beforeAll(() => {
  f = cli.path('vit.safetensors');
  writeFileSync(f, writeSafetensors(tinyViTTensors(1, vit)));
});

async function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const outcome = await cli.run(args, { cwd: cli.folder });
  expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
  return outcome;
}

const small = '--views 2 --resamples 100 --heads 4 --layers blocks.*.out,norm,cls,blocks.0.attn.probs'.split(' ');

describe('analyze', () => {
  test('--tokens class: the norm and its class token are one; what was told about the encoder is in the report', async () => {
    const out = cli.path('class');
    await run(['analyze', f, `${CIFAR}@0-3`, ...small, '--tokens', 'class', '--out', out, '--quiet']);
    const report = JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
    expect(report.settings.tokens).toBe('class');
    expect(report.warnings.find(({ code }: { code: string }) => code === 'TOKENS_OF_SOME')).toMatchObject({
      value: 'class',
      message: expect.stringContaining('(attn.probs: all tokens; cls: all there is)'),
    });
    expect(report.encoders.f).toMatchObject({ family: 'ViT [3 × 64]/8', options: { heads: 4 } });
    const scores = readSafetensors(readFileSync(`${out}/scores.safetensors`));
    for (const what of ['alignment', 'mu'])
      expect(scores.get(`candidates/${what}/f/norm`)).toEqual(scores.get(`candidates/${what}/f/cls`));
    expect([...scores.keys()].filter((name) => name.endsWith('attn.probs'))).toEqual([
      'candidates/alignment/f/blocks.0.attn.probs',
    ]);
  });

  test('other tokens or heads are another run, whose folder is not taken', async () => {
    const out = cli.path('identity');
    const args = ['analyze', f, `${CIFAR}@0-1`, ...small, '--out', out, '--quiet'];
    await run(args);
    await run(args);
    for (const [other, told] of [
      [['--tokens', 'patches'], 'tokens'],
      [['--heads', '2'], 'heads'],
    ] as const) {
      const { code, stderr } = await cli.run([...args, ...other], { cwd: cli.folder });
      expect(code).toBe(2);
      expect(stderr).toContain(told);
    }
  });

  test('what was assumed is said before the run, in the report, and beside the results', async () => {
    const out = cli.path('assumed');
    const args = ['analyze', f, `${CIFAR}@0-1`, '--views', '2', '--layers', 'cls', '--resamples', '100', '--out', out];
    const { stdout, stderr } = await run(args);
    expect(stderr).toMatch(/^Note: .* \(HEADS_ASSUMED\)$/m);
    expect(stdout.split('Before you trust the numbers:')[1]).toContain('--heads');
    expect(stdout).not.toContain('SOFTWARE_ADAPTER');
    const { warnings } = JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
    expect(warnings[0]).toMatchObject({ code: 'HEADS_ASSUMED' });
  });

  test('--tokens is refused where no layer has tokens: of a ResNet, and of attention maps', async () => {
    const { f: resnet } = tinyPair(cli);
    for (const [args, message] of [
      [[resnet, '--tokens', 'patches'], 'tokens "patches" says nothing about a ResNet-9'],
      [[f, '--tokens', 'class', '--layers', '*.attn.probs'], 'has tokens to choose from: attn.probs: all tokens'],
    ] as const) {
      const [encoder, ...flags] = args;
      const out = cli.path('refused');
      const { code, stderr } = await cli.run(['analyze', encoder, `${CIFAR}@0-1`, ...flags, '--out', out]);
      expect(code).toBe(2);
      expect(stderr).toContain('BAD_OPTION');
      expect(stderr).toContain(message);
      expect(existsSync(out)).toBe(false);
    }
  });

  test('flags that say nothing about the encoder are refused', async () => {
    const { code, stderr } = await cli.run(['analyze', f, `${CIFAR}@0-1`, '--stem', 'cifar'], { cwd: cli.folder });
    expect(code).toBe(2);
    expect(stderr).toContain(`BAD_OPTION: ${f}: stem says nothing about a ViT\nhint: Leave it out. It takes heads.`);
  });

  test('a reference of another family is called so, whatever is said of heads', async () => {
    const { g } = tinyPair(cli);
    const pair = ['analyze', f, `${CIFAR}@0-1`, '--reference', g, '--heads', '4'];
    const { code, stderr } = await cli.run(pair, { cwd: cli.folder });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'SHAPE_MISMATCH: f and g are not of one architecture: f is a ViT [3 × 64]/8, g a ResNet-9',
    );
    const turned = await cli.run(['analyze', g, `${CIFAR}@0-1`, '--heads', '4'], { cwd: cli.folder });
    expect(turned.stderr).toContain(`BAD_OPTION: ${g}: heads says nothing about a ResNet-9`);
  });
});

describe('a folder of the Hub', () => {
  const folder = () => cli.path('tiny-vit');
  beforeAll(() => {
    mkdirSync(folder());
    writeFileSync(`${folder()}/model.safetensors`, writeSafetensors(tinyViTTensors(1, vit)));
  });

  test('is an encoder: the file in it is taken', async () => {
    writeFileSync(`${folder()}/config.json`, '{}');
    const document = JSON.parse((await run(['inspect', `${folder()}/`, '--json'])).stdout);
    expect(document).toMatchObject({
      file: `${folder()}/model.safetensors`,
      configs: ['config.json'],
      family: 'ViT [3 × 64]/8',
    });
  });

  test('whose config is broken is refused by the config’s name', async () => {
    writeFileSync(`${folder()}/config.json`, '{"model_type": "vit"');
    const { code, stderr } = await cli.run(['inspect', folder()], { cwd: cli.folder });
    expect(code).toBe(2);
    expect(stderr).toContain(`UNKNOWN_ARCHITECTURE: ${folder()}/config.json is no JSON`);
  });

  test('is an input: no output may replace what is in it', async () => {
    writeFileSync(`${folder()}/config.json`, '{}');
    for (const name of ['model.safetensors', 'config.json']) {
      const out = `${folder()}/${name}`;
      const { code, stderr } = await cli.run(
        ['features', folder(), `${CIFAR}@0`, '--nodes', 'cls', '--out', out, '--force'],
        { cwd: cli.folder },
      );
      expect(code).toBe(2);
      expect(stderr).toContain('is one of the inputs');
    }
  });
});

describe('features', () => {
  test('are named canonically, whatever they were asked by, and carry their other names', async () => {
    const out = cli.path('features.safetensors');
    const nodes = 'encoder.ln,conv_proj,blocks.1.attn.probs,cls';
    await run(['features', f, `${CIFAR}@0-2`, '--heads', '4', '--nodes', nodes, '--out', out]);
    const bytes = readFileSync(out);
    const shapes = Object.fromEntries([...readSafetensors(bytes)].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      patch_embed: [3, 16, 64],
      'blocks.1.attn.probs': [3, 4, 17, 17],
      norm: [3, 17, 64],
      cls: [3, 64],
      index: [3],
    });
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
    const aliases = JSON.parse(header.__metadata__.aliases);
    expect(Object.keys(aliases)).toEqual(['patch_embed', 'blocks.1.attn.probs', 'norm', 'cls']);
    expect(aliases.norm).toContain('encoder.ln');
    expect(aliases.patch_embed).toContain('conv_proj');
  });

  test('say what was assumed about the encoder', async () => {
    const out = cli.path('assumed.safetensors');
    const args = ['features', f, `${CIFAR}@0`, '--nodes', 'cls', '--out', out, '--force'];
    const { stderr } = await run(args);
    expect(stderr).toMatch(/^Note: .*--heads.* \(HEADS_ASSUMED\)$/m);
    const { notes } = JSON.parse((await run([...args, '--json'])).stdout);
    expect(notes).toMatchObject([{ code: 'HEADS_ASSUMED' }]);
  });
});

describe('inspect', () => {
  test('fits 80 columns and folds what repeats; --verbose lists every node', async () => {
    const { stdout } = await run(['inspect', f, '--heads', '4']);
    const lines = stdout.split('\n');
    const table = lines.slice(lines.indexOf(''));
    for (const line of table) expect([...line].length).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^\* blocks\.1 … 2 +as before, 2 times /m);
    expect(stdout).toMatch(/^as told +heads 4$/m);
    expect(stdout).toMatch(/^epsilon +1e-6, /m);
    expect(stdout).not.toMatch(/blocks\.2\./);
    expect((await run(['inspect', f, '--heads', '4', '--verbose'])).stdout).toMatch(/^\* blocks\.2\.out /m);
  });

  test('--json gives every node, with notes and other names', async () => {
    const document = JSON.parse((await run(['inspect', goldenFile('vit/f.safetensors'), '--json'])).stdout);
    expect(document.notes).toEqual([expect.objectContaining({ code: 'HEADS_ASSUMED' })]);
    expect(document).toMatchObject({ eps: 1e-6, preprocessing: { size: 64, interpolation: 'bicubic' } });
    const probs = document.nodes.find(({ name }: { name: string }) => name === 'blocks.0.attn.probs');
    expect(probs).toMatchObject({ units: 0, shape: [1, 65, 65], kind: 'softmax', aliases: expect.any(Array) });
  });
});
