import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { blobSource } from '../../src/checkpoints/blob-source.js';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openCheckpointFile } from '../../src/checkpoints/open-checkpoint.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import type { ByteSource } from '../../src/checkpoints/source.js';
import { openUrl } from '../../src/checkpoints/url-source.js';
import { counted } from './files.js';
import { saved, savedFiles } from './pytorch-files.js';

const expected = (name: string) => openSafetensors(bufferSource(saved(`${name}.safetensors`)));

async function expectSame(source: ByteSource, reference: ByteSource): Promise<void> {
  const [found, wanted] = [await openCheckpointFile(source), await openSafetensors(reference)];
  expect([...found.tensors.keys()]).toEqual([...wanted.tensors.keys()]);
  expect(found.wrapper).toBe(wanted.metadata.get('wrapper') ?? 'state_dict');
  for (const [name, { dtype, shape }] of wanted.tensors) {
    expect(found.tensors.get(name)).toEqual({ name, dtype, shape });
    expect(Buffer.compare(await found.readBytes(name), await wanted.readBytes(name)), name).toBe(0);
  }
}

it('there are files of each kind', () => {
  expect(savedFiles).toHaveLength(11);
});

it.each(savedFiles)('%s: names, order, types, shapes, bits and wrapper are those that PyTorch reads', async (name) => {
  const bytes = saved(name);
  await expectSame(bufferSource(bytes), bufferSource(saved(`${name}.safetensors`)));
  await expectSame(blobSource(new Blob([new Uint8Array(bytes)])), bufferSource(saved(`${name}.safetensors`)));
});

it('the published ResNet-20 equals its safetensors, bit for bit', async () => {
  const file = (name: string) =>
    bufferSource(readFileSync(new URL(`../golden/resnet-cifar10/${name}`, import.meta.url)));
  await expectSame(file('resnet20.th'), file('resnet20.safetensors'));
});

it('floats are those of the safetensors, and rows are rows of the whole, whatever the strides', async () => {
  for (const name of savedFiles) {
    const [found, wanted] = [await openCheckpointFile(bufferSource(saved(name))), await expected(name)];
    for (const [tensor, { dtype, shape }] of wanted.tensors) {
      if (dtype === 'C64') continue;
      const whole = await wanted.readF32(tensor);
      expect(await found.readF32(tensor)).toEqual(whole);
      const rows = shape[0] ?? 0;
      for (let first = 0; first < rows; first++) {
        expect(await found.readRows(tensor, first, rows - first)).toEqual(
          await wanted.readRows(tensor, first, rows - first),
        );
        expect(await found.readBytes(tensor, first, 1)).toEqual(await wanted.readBytes(tensor, first, 1));
        expect(await found.readBytes(tensor, first)).toEqual(await wanted.readBytes(tensor, first));
      }
    }
  }
});

it('opening reads the directory and the pickle alone, and a tensor its own bytes', async () => {
  const size = 1 << 20;
  const whole = readFileSync(new URL('../golden/resnet-cifar10/resnet20.th', import.meta.url));
  const source = counted(bufferSource(whole));
  const checkpoint = await openCheckpointFile(source);
  expect(source.bytesRead).toBeLessThan(size / 10);
  const before = source.bytesRead;
  const name = 'module.layer3.2.conv2.weight';
  await checkpoint.readF32(name);
  // The number of elements before them.
  expect(source.bytesRead - before).toBe(64 * 64 * 9 * 4 + 8);
  await checkpoint.close();
  expect(source.closed).toBe(1);
});

it('over HTTP ranges, without the rest of the file', async () => {
  const bytes = readFileSync(new URL('../golden/resnet-cifar10/resnet20.th', import.meta.url));
  const file = new Uint8Array(4 << 20);
  file.set(bytes);
  let sent = 0;
  const served = (async (_: unknown, { headers }: { headers: { range: string } }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range)!.map(Number);
    const part = file.slice(first, last! + 1);
    sent += part.byteLength;
    const range = `bytes ${first}-${first! + part.byteLength - 1}/${file.byteLength}`;
    return new Response(part, { status: 206, headers: { 'content-range': range } });
  }) as unknown as typeof fetch;
  const checkpoint = await openCheckpointFile(await openUrl('https://example.org/resnet20.th', { fetch: served }));
  const wanted = await openSafetensors(
    bufferSource(readFileSync(new URL('../golden/resnet-cifar10/resnet20.safetensors', import.meta.url))),
  );
  for (const name of ['module.conv1.weight', 'module.linear.bias']) {
    expect(await checkpoint.readF32(name)).toEqual(await wanted.readF32(name));
  }
  expect(sent).toBeLessThan(file.byteLength);
});
