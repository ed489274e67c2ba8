import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../src/checkpoints/open-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { layOutSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import { openPath } from '../../src/platform/path-source.js';
import { counted, failure } from '../checkpoints/files.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgpu-path-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the path source', () => {
  it('reads by position, in any order and at once', async () => {
    const path = join(folder, 'ten #1 ä.bin');
    writeFileSync(
      path,
      Uint8Array.from({ length: 10 }, (_, i) => i),
    );
    for (const source of [
      await openPath(path),
      await openPath(pathToFileURL(path)),
      await openSource(path, openPath),
    ]) {
      expect([source.name, source.size]).toEqual([path, 10]);
      const parts = await Promise.all([source.read(7, 3), source.read(0, 2), source.read(4, 1), source.read(10, 0)]);
      expect(parts.map((part) => [...part])).toEqual([[7, 8, 9], [0, 1], [4], []]);
      await source.close?.();
      await source.close?.();
      expect((await failure(source.read(0, 1), 'IO')).message).toBe(`${path} is closed`);
    }
  });

  it('a range outside the file is refused', async () => {
    const path = join(folder, 'two.bin');
    writeFileSync(path, 'ab');
    const source = await openPath(path);
    for (const [offset, length] of [
      [1, 2],
      [3, 0],
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [0, Number.NaN],
      [0, 2 ** 60],
    ] as const) {
      expect((await failure(source.read(offset, length), 'IO')).message).toContain(path);
    }
    await source.close?.();
  });

  it('a missing file, a directory and a pipe are named', async () => {
    const missing = join(folder, 'none.bin');
    expect((await failure(openPath(missing), 'IO')).message).toBe(`${missing} does not exist`);
    expect((await failure(openPath(join(folder, 'two.bin', 'x')), 'IO')).message).toMatch(/does not exist/);
    expect((await failure(openPath('nul\0.bin'), 'IO')).message).toMatch(/cannot be read/);
    const directory = join(folder, 'directory');
    mkdirSync(directory);
    expect((await failure(openPath(directory), 'IO')).message).toBe(`${directory} is a directory`);
    if (process.platform !== 'win32') {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      expect((await failure(openPath(pipe), 'IO')).message).toBe(`${pipe} is no regular file`);
    }
  });

  // The superuser may read everything.
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a file without permission is named',
    async () => {
      const secret = join(folder, 'secret.bin');
      writeFileSync(secret, 'x');
      chmodSync(secret, 0);
      expect((await failure(openPath(secret), 'IO')).message).toBe(`${secret} may not be read`);
    },
  );

  it('a file that became shorter is found out', async () => {
    const path = join(folder, 'shrinking.bin');
    writeFileSync(path, new Uint8Array(100));
    const source = await openPath(path);
    truncateSync(path, 40);
    expect((await failure(source.read(30, 20), 'IO')).message).toMatch(/became shorter/);
    await source.close?.();
  });

  it('a file of 400 MB is opened and read in part without the rest', async () => {
    const path = join(folder, 'large.safetensors');
    const layout = layOutSafetensors([
      { name: 'images', dtype: 'F32', shape: [100_000, 1000] },
      { name: 'tail', dtype: 'U8', shape: [1] },
    ]);
    const file = openSync(path, 'w');
    writeSync(file, layout.header);
    const row = Float32Array.from({ length: 1000 }, (_, i) => i / 7);
    writeSync(file, row, 0, row.byteLength, layout.tensors.get('images')!.offset + 99_998 * 4000);
    writeSync(file, Uint8Array.of(42), 0, 1, layout.tensors.get('tail')!.offset);
    closeSync(file);
    const source = counted(await openPath(path));
    const checkpoint = await openSafetensors(source);
    expect(checkpoint.bytes).toBeGreaterThan(400_000_000);
    expect(await checkpoint.readRows('images', 99_998, 1)).toEqual(row);
    expect(await checkpoint.readF32('tail')).toEqual(Float32Array.of(42));
    expect(source.bytesRead).toBe(65536 + 4000 + 1);
    await checkpoint.close();
  });
});
