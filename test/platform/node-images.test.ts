import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFiles } from '../../src/platform/browser-images.js';
import { listFolder, nodeDecoder, openDataset } from '../../src/platform/node-images.js';
import { golden } from '../images/picture-files.js';

const goldenPath = (file: string) => fileURLToPath(new URL(`../golden/${file}`, import.meta.url));
const cifar = goldenPath('cifar10/train_first64.bin');
let folder = '';
const put = (path: string, file = 'rgb.png') => copyFileSync(goldenPath(`decoding/${file}`), join(folder, path));
const namesOf = async (path: string) => (await listFolder(path)).map((entry) => entry.path).sort();

/** A safetensors file: 8 bytes of header length, the header, the data. */
function safetensors(images: number[], n: number): Uint8Array {
  const header = JSON.stringify({ images: { dtype: 'U8', shape: [n, 3, 1, 1], data_offsets: [0, images.length] } });
  const start = new Uint8Array(8);
  new DataView(start.buffer).setUint32(0, header.length, true);
  return new Uint8Array([...start, ...new TextEncoder().encode(header), ...images]);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgpu-images-'));
  for (const part of ['photos/cat', 'photos/dog/deep', 'photos/.hidden', 'photos/empty', 'outside']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  for (const path of [
    'photos/cat/b.png',
    'photos/cat/a@1.png',
    'photos/dog/deep/c.png',
    'photos/.hidden/d.png',
    'outside/e.png',
  ])
    put(path);
  put('photos/top.JPG', 'baseline.jpg');
  put('photos/.secret.png');
  writeFileSync(join(folder, 'photos/readme.txt'), 'no picture');
  writeFileSync(join(folder, 'names.txt'), 'dog/deep/c.png\ncat/b.png\n');
  writeFileSync(join(folder, 'split.json'), JSON.stringify({ dataset: 'photos', candidates: [1, 0] }));
  writeFileSync(join(folder, 'set.safetensors'), safetensors([1, 2, 3, 4, 5, 6], 2));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a folder', () => {
  it('is listed at any depth, without what is hidden', async () => {
    expect(await namesOf(join(folder, 'photos'))).toEqual(['cat/a@1.png', 'cat/b.png', 'dog/deep/c.png', 'top.JPG']);
  });

  it('leaves out links that leave it, links to folders, and dead links', async () => {
    const links = join(folder, 'links');
    mkdirSync(join(links, 'sub'), { recursive: true });
    put('links/real.png');
    symlinkSync('real.png', join(links, 'inside.png'));
    symlinkSync('../real.png', join(links, 'sub/up.png'));
    symlinkSync('../outside/e.png', join(links, 'out.png'));
    symlinkSync('..', join(links, 'sub/circle.png'));
    symlinkSync('../outside', join(links, 'folder'));
    symlinkSync('nothing.png', join(links, 'dead.png'));
    expect(await namesOf(links)).toEqual(['inside.png', 'real.png', 'sub/up.png']);
  });

  it('opens files of any name that a file system allows', async () => {
    const hostile = join(folder, 'hostile');
    mkdirSync(hostile);
    const names = [
      'a\nb.png',
      '\u001b[31m.png',
      "'; rm -rf $HOME.png",
      '%2e%2e%2f.png',
      '-rf.png',
      '<script>.png',
      '\u202egnp.png',
      '..png..png',
      ' .png',
    ];
    for (const name of names) put(`hostile/${name}`);
    const dataset = await openDataset(hostile);
    const loaded = [];
    for (let position = 0; position < dataset.length; position++) loaded.push((await dataset.load(position)).name);
    expect(loaded.sort()).toEqual(names.filter((name) => !name.startsWith('.')).sort());
  });

  it('whose file vanishes after listing fails with IO on that file alone', async () => {
    mkdirSync(join(folder, 'vanishing'));
    put('vanishing/a.png');
    put('vanishing/b.png');
    const dataset = await openDataset(join(folder, 'vanishing'));
    rmSync(join(folder, 'vanishing/a.png'));
    await expect(dataset.load(0)).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining('a.png') });
    await expect(dataset.load(1)).resolves.toMatchObject({ index: 1 });
  });
});

describe('a DATASET of the command line', () => {
  it('is a folder, whose images keep their place in it when selected', async () => {
    const photos = join(folder, 'photos');
    const all = await openDataset(photos);
    expect([all.length, all.classes]).toEqual([4, ['cat', 'dog']]);
    const named = await openDataset(`${photos}@${join(folder, 'names.txt')}`);
    expect([await named.load(0), await named.load(1)]).toMatchObject([
      { index: 2, name: 'dog/deep/c.png', label: 1 },
      { index: 1, name: 'cat/b.png', label: 0 },
    ]);
    const indexed = await openDataset(`${photos}@${join(folder, 'split.json')}:candidates`);
    expect([indexed.indexOf(0), indexed.indexOf(1)]).toEqual([1, 0]);
    const last = await openDataset(`${photos}@3`);
    expect(await last.load(0)).toMatchObject({ index: 3, name: 'top.JPG', label: undefined });
  });

  it('is a CIFAR binary', async () => {
    const dataset = await openDataset(`${cifar}@10-19,40`);
    expect([dataset.length, dataset.name]).toEqual([11, `${cifar}@10-19,40`]);
    expect(await dataset.load(10)).toMatchObject({ index: 40, name: `${cifar}#40` });
    await dataset.close?.();
  });

  it('is a safetensors file under any name', async () => {
    writeFileSync(join(folder, 'set.st'), safetensors([1, 2, 3, 4, 5, 6], 2));
    const [dataset, named] = [
      await openDataset(join(folder, 'set.st')),
      await openDataset(join(folder, 'set.safetensors')),
    ];
    expect(dataset.length).toBe(2);
    expect((await dataset.load(1)).picture).toEqual((await named.load(1)).picture);
    await dataset.close?.();
    await named.close?.();
  });

  it('is a safetensors file', async () => {
    const dataset = await openDataset(join(folder, 'set.safetensors@1'));
    expect((await dataset.load(0)).picture).toEqual({ width: 1, height: 1, rgba: Uint8Array.of(4, 5, 6, 255) });
    await dataset.close?.();
  });

  it.each<[string, string]>([
    ['nothing', 'IO'],
    ['nothing@0-9', 'IO'],
    ['photos@first', 'IO'],
    ['photos@7', 'BAD_OPTION'],
    ['photos@nothing.txt', 'IO'],
    ['photos@nothing.json:a', 'IO'],
    ['photos/empty', 'BAD_DATASET'],
    ['photos/top.JPG', 'BAD_DATASET'],
    ['names.txt', 'BAD_DATASET'],
    ['set.safetensors@2', 'BAD_OPTION'],
  ])('%s is refused with %s', async (spec, code) => {
    await expect(openDataset(join(folder, spec))).rejects.toMatchObject({ name: 'MemgpuError', code });
  });

  it('that may not be read says so', async (context) => {
    const locked = join(folder, 'locked');
    mkdirSync(locked, { mode: 0 });
    // The superuser reads everything.
    if (process.getuid?.() === 0) context.skip();
    await expect(openDataset(locked)).rejects.toMatchObject({ code: 'IO' });
    chmodSync(locked, 0o700);
  });
});

describe('files chosen in a page', () => {
  const chosen = (path: string, bytes: Uint8Array<ArrayBuffer>) =>
    Object.defineProperty(new File([bytes], path.slice(path.lastIndexOf('/') + 1)), 'webkitRelativePath', {
      value: path,
    });

  it('of a folder are the same images as in Node', async () => {
    const png = golden('rgb.png') as Uint8Array<ArrayBuffer>;
    const jpg = golden('baseline.jpg') as Uint8Array<ArrayBuffer>;
    const paths = [
      'photos/top.JPG',
      'photos/dog/deep/c.png',
      'photos/cat/b.png',
      'photos/.hidden/d.png',
      'photos/cat/a@1.png',
    ];
    const files = paths.map((path) => chosen(path, path.endsWith('JPG') ? jpg : png));
    const page = await openFiles(files, nodeDecoder());
    const node = await openDataset(join(folder, 'photos'));
    expect([page.name, page.length, page.classes]).toEqual(['photos', node.length, node.classes]);
    expect(await page.digest()).toBe(await node.digest());
    for (let i = 0; i < node.length; i++) expect(await page.load(i)).toEqual(await node.load(i));
  });

  it('may be one binary or safetensors file', async () => {
    const tensors = new File([new Uint8Array(safetensors([1, 2, 3], 1))], 'set.st');
    expect((await openFiles([tensors], nodeDecoder())).length).toBe(1);
    await expect(openFiles([new File([], 'a.bin')], nodeDecoder())).rejects.toMatchObject({ code: 'BAD_DATASET' });
    await expect(openFiles([], nodeDecoder())).rejects.toMatchObject({ code: 'BAD_DATASET' });
  });
});
