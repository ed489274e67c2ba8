import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Program, program } from './child.js';

const FILES = ['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json'];

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the embedded driver', () => {
  let load: Program;
  beforeAll(async () => {
    load = await program(`
      import { loadEmbeddedDriver } from './src/platform/embedded-driver.js';
      console.log(loadEmbeddedDriver());`);
  });
  afterAll(() => load[Symbol.dispose]());

  let cache: string;
  let folder: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'memgpu-test-'));
    folder = join(cache, 'swiftshader-147.0.0');
    return () => rmSync(cache, { recursive: true, force: true });
  });

  const inCache = () => load.run([], { MEMGPU_CACHE: cache });
  const loaded = () => ({ code: 0, stdout: `${join(folder, FILES[2]!)}\n`, stderr: '' });

  test('several processes at once unpack it together, and nothing else is left', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, inCache));
    for (const outcome of outcomes) expect(outcome).toMatchObject(loaded());
    expect(readdirSync(cache)).toEqual(['swiftshader-147.0.0']);
    expect(readdirSync(folder).sort()).toEqual(FILES);
  });

  test('cut, altered and missing files are put right, whole ones are left as they are', async () => {
    await inCache();
    const whole = readFileSync(join(folder, FILES[0]!));
    truncateSync(join(folder, FILES[0]!), 1000);
    expect(await inCache()).toMatchObject(loaded());
    expect(readFileSync(join(folder, FILES[0]!)).equals(whole)).toBe(true);
    const altered = Buffer.from(whole);
    altered[5000]! ^= 1;
    writeFileSync(join(folder, FILES[0]!), altered);
    rmSync(join(folder, FILES[2]!));
    const outcomes = await Promise.all([inCache(), inCache()]);
    for (const outcome of outcomes) expect(outcome).toMatchObject(loaded());
    expect(readFileSync(join(folder, FILES[0]!)).equals(whole)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(FILES);
  });

  test.runIf(process.getuid?.() !== 0)('a whole cache that cannot be written to is used', async () => {
    await inCache();
    chmodSync(folder, 0o555);
    expect(await inCache()).toMatchObject(loaded());
    chmodSync(folder, 0o755);
  });

  test('where the home’s cache cannot be made, the temporary folder is used, private to the user', async () => {
    const file = join(cache, 'a-file');
    writeFileSync(file, '');
    const temporary = join(cache, 'tmp');
    mkdirSync(temporary);
    const outcome = await load.run([], { MEMGPU_CACHE: '', XDG_CACHE_HOME: join(file, 'cache'), TMPDIR: temporary });
    const own = `memgpu-${process.getuid?.()}`;
    expect(outcome).toMatchObject({ code: 0, stdout: `${join(temporary, own, 'swiftshader-147.0.0', FILES[2]!)}\n` });
    expect(readdirSync(temporary)).toEqual([own]);
  });

  test('where no folder can hold it, each is named with its reason', async () => {
    const file = join(cache, 'a-file');
    writeFileSync(file, '');
    const { code, stderr } = await load.run([], { MEMGPU_CACHE: join(file, 'cache') });
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(file, 'cache')}: ENOTDIR`);
    expect(stderr).toContain('MEMGPU_CACHE');
  });
});
