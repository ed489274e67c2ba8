import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder } from '../../src/platform/make-folder.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memgpu-make-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a folder', () => {
  test('is made with its parents, and the topmost new one is named', () => {
    expect(makeFolder(join(root, 'a/b/c'), 0o700)).toBe(join(root, 'a'));
    expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o700);
    expect(makeFolder(join(root, 'a/b/c'))).toBeUndefined();
    expect(makeFolder(join(root, 'a/d'))).toBe(join(root, 'a/d'));
  });

  test('is not made in or in place of a file, or of a link to nothing', () => {
    const [file, link] = [join(root, 'file'), join(root, 'link')];
    writeFileSync(file, '');
    symlinkSync(join(root, 'nothing'), link);
    expect(() => makeFolder(join(file, 'a'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => makeFolder(file)).toThrow(expect.objectContaining({ code: 'IO' }));
    expect(() => makeFolder(link)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(existsSync(join(root, 'nothing'))).toBe(false);
  });

  test.runIf(process.platform === 'linux')('is refused at once where the system takes none', () => {
    const refusal = expect.objectContaining({
      code: 'IO',
      message: "'/proc/memgpu' cannot be made: '/proc' takes no folders",
    });
    expect(() => makeFolder('/proc/memgpu/out')).toThrow(refusal);
  });
});
