import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { dict, legacyFile, tensor, text, zipFile } from '../checkpoints/pytorch-files.js';
import { goldenFile } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
const open = (path: string) => openSafetensors(bufferSource(readFileSync(path), path));

/** Names, types, shapes and bits are equal, whatever the order. */
async function expectSame(written: string, wanted: string): Promise<void> {
  const [found, reference] = [await open(written), await open(wanted)];
  const facts = ({ tensors }: typeof found) =>
    [...tensors.values()].map(({ name, dtype, shape }) => `${name} ${dtype} ${shape}`).sort();
  expect(facts(found)).toEqual(facts(reference));
  for (const name of reference.tensors.keys()) {
    expect(Buffer.compare(await found.readBytes(name), await reference.readBytes(name)), name).toBe(0);
  }
}

async function refused(args: readonly string[], message: string): Promise<void> {
  const before = readdirSync(cli.folder).sort();
  const { code, signal, stdout, stderr } = await cli.run(['convert', ...args]);
  expect({ code, signal, stdout }).toEqual({ code: 2, signal: null, stdout: '' });
  expect(stderr).toContain(`memgpu: ${message}`);
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  expect(readdirSync(cli.folder).sort()).toEqual(before);
}

test.skipIf(!existsSync('/proc/self'))('a folder that takes no new files is not called missing', async () => {
  const name = '/proc/memgpu-test.safetensors';
  await refused(
    [goldenFile('resnet9/f.safetensors'), name],
    `IO: '${name}' cannot be written: the folder takes no new files\nhint: Choose another path.`,
  );
});

describe('a PyTorch file becomes safetensors with the values that PyTorch reads', () => {
  test.each(['kinds.pth', 'kinds-legacy.pth', 'dino.pth'])('%s', async (name) => {
    const out = cli.path(`${name}.out`);
    const { code, stderr } = await cli.run(['convert', goldenFile(`pytorch/${name}`), out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expectSame(out, goldenFile(`pytorch/${name}.safetensors`));
  });

  test('the published ResNet-20: what was taken from where is said, as text or JSON', async () => {
    const out = cli.path('resnet20.safetensors');
    const command = ['convert', goldenFile('resnet-cifar10/resnet20.th'), out];
    const { stdout } = await cli.run(command);
    expect(stdout).toBe(`Written to ${out}: 97 tensors from state_dict, 1.0 MiB\n`);
    await expectSame(out, goldenFile('resnet-cifar10/resnet20.safetensors'));
    const { stdout: json } = await cli.run([...command, '--force', '--json', '--quiet']);
    const document = JSON.parse(json);
    expect(document).toMatchObject({ out, bytes: readFileSync(out).byteLength, wrapper: 'state_dict' });
    expect(document.tensors[0]).toEqual({ name: 'module.conv1.weight', dtype: 'F32', shape: [16, 3, 3, 3] });
  });
});

test('a safetensors file keeps its metadata, types and bits', async () => {
  const out = cli.path('copy.safetensors');
  const from = goldenFile('pytorch/kinds.pth.safetensors');
  expect((await cli.run(['convert', from, out])).code).toBe(0);
  await expectSame(out, from);
  expect((await open(out)).metadata).toEqual((await open(from)).metadata);
});

test('what exists is replaced only with --force, an input or a link never', async () => {
  const [input, out, link] = ['in.pth', 'out.safetensors', 'link'].map(cli.path) as [string, string, string];
  const file = zipFile(dict({ w: tensor() }));
  writeFileSync(input, file);
  writeFileSync(out, 'mine');
  symlinkSync(out, link);
  await refused([input, out], `BAD_OPTION: '${out}' exists`);
  await refused([input, input, '--force'], `BAD_OPTION: '${input}' is one of the inputs`);
  await refused([input, link, '--force'], `IO: '${link}' is a symbolic link`);
  await refused([input, cli.path('nowhere/out')], `IO: '${cli.path('nowhere/out')}' cannot be written`);
  expect(readFileSync(out, 'utf8')).toBe('mine');
  expect(readFileSync(input)).toEqual(Buffer.from(file));
  expect((await cli.run(['convert', input, out, '--force'])).code).toBe(0);
  expect(await (await open(out)).readF32('w')).toEqual(Float32Array.of(1, 2, 3, 4));
});

test('bad input is refused in one line, and leaves nothing', async () => {
  const trace = cli.path('executed');
  const cases: [name: string, file: Uint8Array, message: string][] = [
    ['text.pth', Buffer.from('not a checkpoint at all'), 'BAD_SAFETENSORS: '],
    ['cut.pth', zipFile(dict({ w: tensor() })).slice(0, -40), 'BAD_PYTORCH: '],
    ['nothing.pth', zipFile(dict({ epoch: text('3') })), 'BAD_PYTORCH: '],
    ['command.pth', zipFile(Buffer.from(`cos\nsystem\n(X${'\x0e\0\0\0'}touch executedtR`)), 'BAD_PYTORCH: '],
    ['disagrees.pth', damagedCount(), 'BAD_PYTORCH: '],
  ];
  for (const [name, file, message] of cases) {
    writeFileSync(cli.path(name), file);
    await refused([cli.path(name), cli.path('bad.safetensors')], `${message}${cli.path(name)}`);
  }
  mkdirSync(cli.path('empty-folder'));
  await refused([cli.path('empty-folder'), cli.path('bad.safetensors')], 'IO: ');
  expect(existsSync(trace)).toBe(false);
});

/** Shows only when the tensor is read, after the output was begun. */
function damagedCount(): Uint8Array {
  const file = legacyFile(dict({ w: tensor() }));
  file[file.byteLength - 24] = 5;
  return file;
}

test('many tensors over the same bytes do not fill the disk', async () => {
  const names = Array.from({ length: 3_000 }, (_, i) => [
    `w${i}`,
    tensor({ elements: 5_000, shape: [5_000], strides: [1] }),
  ]);
  const path = cli.path('shared.pth');
  writeFileSync(path, zipFile(dict(Object.fromEntries(names)), { 0: new Uint8Array(20_000) }));
  await refused([path, cli.path('bad.safetensors')], `BAD_PYTORCH: ${path}: its tensors share their bytes`);
});
