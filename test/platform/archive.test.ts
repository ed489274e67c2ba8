import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/platform/archive.js';

/** One ustar entry, by the field table of POSIX (pax, "ustar Interchange Format"). */
function entry(path: string, data: Uint8Array, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0, 'latin1');
  header.write(data.length.toString(8).padStart(11, '0'), 124);
  header.fill(' ', 148, 156);
  header.write(type, 156);
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((a, b) => a + b, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

const end = Buffer.alloc(1024);
const bytes = (n: number): Buffer => Buffer.from(Array.from({ length: n }, (_, i) => i % 251));
const pack = (...entries: Buffer[]): Buffer => brotliCompressSync(Buffer.concat(entries));
const read = (packed: Uint8Array) => readArchive(packed, 'a.tar.br');

test('files come out in order with their bytes; folders are left out', () => {
  const files = read(pack(entry('lib/', bytes(0), '5'), entry('lib/a', bytes(700)), entry('b', bytes(512)), end));
  expect(files.map(({ path }) => path)).toEqual(['lib/a', 'b']);
  expect(files.map(({ data }) => Buffer.from(data))).toEqual([bytes(700), bytes(512)]);
});

describe('refused', () => {
  const good = entry('a', bytes(700));
  test.each([
    ['what is no brotli stream', Buffer.from('plain'), 'no brotli stream'],
    ['a cut brotli stream', pack(good, end).subarray(0, 100), 'no brotli stream'],
    ['a file that ends early', pack(good.subarray(0, 900)), "'a' ends early"],
    ['a header that is none', pack(Buffer.alloc(512, 65)), 'header at byte 0'],
    ['a path upwards', pack(entry('../a', bytes(1)), end), "path '../a'"],
    ['an absolute path', pack(entry('/etc/a', bytes(1)), end), "path '/etc/a'"],
  ])('%s', (_, packed, message) => {
    expect(() => read(packed)).toThrow(expect.objectContaining({ code: 'IO' }));
    expect(() => read(packed)).toThrow(message);
  });

  test('a changed header', () => {
    const changed = Buffer.from(good);
    changed[0] = 'b'.charCodeAt(0);
    expect(() => read(pack(changed, end))).toThrow('header at byte 0');
  });
});
