import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';
import { CIFAR, copyPicture, goldenFile, spoiledEncoder, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
let f = '';
let g = '';
beforeAll(() => {
  ({ f, g } = tinyPair(cli));
});

const FAST = ['--views', '2', '--layers', 'pooled', '--quiet'];

/** Runs a command that must fail: one line that begins with `message`, perhaps a hint, and no trace on disk. */
async function refused(
  args: readonly string[],
  code: number,
  message: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const out = cli.path(`out-${Math.random().toString(36).slice(2)}`);
  const outcome = await cli.run(args.includes('--out') ? args : [...args, '--out', out], { env });
  expect(outcome).toMatchObject({ code, signal: null, stdout: '' });
  const [first, hint, ...more] = outcome.stderr.trimEnd().split('\n');
  expect(first).toContain(`memgpu: ${message}`);
  if (hint !== undefined) expect(hint).toMatch(/^hint: /);
  expect(more).toEqual([]);
  expect(existsSync(out)).toBe(false);
  return outcome.stderr;
}

test('a folder with a broken JPEG: the picture is named, and no output is left', async () => {
  const folder = cli.path('photos');
  mkdirSync(folder);
  copyPicture('baseline.jpg', `${folder}/a.jpg`);
  copyPicture('truncated.jpg', `${folder}/b.jpg`);
  await refused(['analyze', f, folder, ...FAST], 2, `BAD_IMAGE: '${folder}': 'b.jpg' is`);
});

test('NaN in the weights: the tensor and the place are named', async () => {
  const path = spoiledEncoder(cli, 'nan.safetensors', (tensors) => {
    tensors.get('layer2.conv.weight')!.data[7] = Number.NaN;
  });
  await refused(['analyze', path, CIFAR, ...FAST], 2, `NON_FINITE: ${path}: layer2.conv.weight[7] is NaN`);
});

test('activations that overflow: the node, the encoder and the image are named', async () => {
  const path = spoiledEncoder(cli, 'huge.safetensors', (tensors) => {
    for (const name of ['layer1_head.conv.weight', 'layer2.conv.weight']) tensors.get(name)!.data.fill(1e30);
  });
  const said = await refused(['analyze', path, `${CIFAR}@0-3`, ...FAST], 2, 'NON_FINITE: ');
  expect(said).toMatch(/layer2\.|layer1_/);
  expect(said).toContain('train_first64.bin#0');
});

test('a truncated checkpoint is refused as a file', async () => {
  const path = cli.path('cut.safetensors');
  writeFileSync(path, tinyResNet9(1));
  truncateSync(path, 20_000);
  await refused(['analyze', path, CIFAR, ...FAST], 2, `BAD_SAFETENSORS: ${path}`);
});

test('an architecture that is not known', async () => {
  const path = goldenFile('safetensors/f32.safetensors');
  await refused(['analyze', path, CIFAR, ...FAST], 2, 'UNKNOWN_ARCHITECTURE: ');
});

test('f and g of different widths', async () => {
  const { g: wide } = tinyPair(cli, 8);
  const said = await refused(
    ['analyze', f, CIFAR, '--reference', wide, ...FAST],
    2,
    'SHAPE_MISMATCH: f and g are not of one architecture',
  );
  expect(said).toContain('prep.conv is [4, 32, 32] in f and [8, 32, 32] in g');
});

test('labels: a list of another length, and labels for images that have their own', async () => {
  const few = cli.path('few.txt');
  writeFileSync(few, 'cat\ndog\n');
  const folder = cli.path('unlabelled');
  mkdirSync(folder);
  for (const name of ['a', 'b', 'c']) copyPicture('baseline.jpg', `${folder}/${name}.jpg`);
  await refused(
    ['analyze', f, folder, '--labels', few, ...FAST],
    2,
    `BAD_DATASET: '${few}' has 2 labels for the 3 images`,
  );
  await refused(['analyze', f, `${CIFAR}@0-1`, '--labels', few, ...FAST], 2, 'BAD_OPTION: ');
});

test.runIf(process.platform === 'linux')('an --out where the system takes no folder is refused at once', async () => {
  const args = ['analyze', f, `${CIFAR}@0-1`, ...FAST, '--out', '/proc/memgpu-out'];
  await refused(args, 2, "IO: '/proc/memgpu-out' cannot be made: '/proc' takes no folders");
});

test('an input that is wrong is told before the adapter is spoken of', async () => {
  const args = ['analyze', f, `${CIFAR}@0-1`, '--layers', 'transformer.blocks'];
  await refused(args, 2, "BAD_OPTION: 'transformer.blocks' matches no node");
});

test('an --out that cannot be written to is refused before anything is read', async () => {
  const file = cli.path('a-file');
  writeFileSync(file, 'mine');
  const args = ['analyze', 'no-encoder', 'no-images', '--out', `${file}/out`];
  await refused(args, 2, `IO: '${file}/out' cannot be a folder: '${file}' is a file`);
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test('a folder that holds other things is refused before anything is read, also with --force', async () => {
  const folder = cli.path('precious');
  mkdirSync(folder);
  writeFileSync(`${folder}/report.json`, 'mine');
  for (const force of [[], ['--force']]) {
    const args = ['analyze', 'no-encoder', 'no-images', '--out', folder, ...force];
    await refused(args, 2, `BAD_OPTION: '${folder}' is not empty and holds no run of memgpu`);
  }
  expect(readdirSync(folder)).toEqual(['report.json']);
  expect(readFileSync(`${folder}/report.json`, 'utf8')).toBe('mine');
});

/** No Vulkan loader, so no hardware either: what a machine without a GPU looks like. */
const NO_HARDWARE = { VK_DRIVER_FILES: undefined, VK_ICD_FILENAMES: undefined, LD_LIBRARY_PATH: undefined };

test('no adapter of the kind asked for: exit code 3, and what was tried', async () => {
  const said = await refused(['analyze', f, CIFAR, ...FAST, '--adapter', 'no such adapter'], 3, 'NO_ADAPTER: ');
  expect(said).toContain("No GPU adapter for 'no such adapter'");
});

test('an embedded driver that cannot be unpacked: exit code 3, and the variable that helps', async () => {
  const file = cli.path('no-cache');
  writeFileSync(file, '');
  const env = { ...NO_HARDWARE, MEMGPU_CACHE: `${file}/cache` };
  const outcome = await cli.run(['doctor', '--adapter', 'SwiftShader'], { env });
  expect(outcome.code).toBe(3);
  expect(outcome.stderr).toContain('memgpu: NO_ADAPTER: ');
  expect(outcome.stdout).toMatch(/^adapter +none$/m);
  await refused(['analyze', f, CIFAR, ...FAST, '--adapter', 'SwiftShader'], 3, 'NO_ADAPTER: ', env);
});

test('given views of another size than the encoder takes', async () => {
  const args = [
    'analyze',
    f,
    '--reference',
    g,
    '--views-from',
    goldenFile('resnet9/views.safetensors'),
    '--size',
    '64',
  ];
  await refused([...args, '--quiet'], 2, 'SHAPE_MISMATCH: ');
});
