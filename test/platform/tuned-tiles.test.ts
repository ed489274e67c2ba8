import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemgpuError } from '../../src/errors.js';
import { forgetTunedTiles, readTunedTiles, writeTunedTiles } from '../../src/platform/tuned-tiles.js';

const ADAPTER = { name: 'GPU one', driver: 'driver 1.2' };
const TILES = { 'rows ≥ 1, columns ≥ 1': 'quad 12x16' };

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'memgpu-tiles-'));
  vi.stubEnv('MEMGPU_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

test('what is written for an adapter is read for it, and for no other adapter or driver', () => {
  const file = writeTunedTiles(ADAPTER, TILES);
  expect(dirname(file)).toBe(cache);
  expect(readTunedTiles(ADAPTER)).toEqual({ tiles: TILES, file, unusable: null });
  expect(readTunedTiles({ ...ADAPTER, driver: 'driver 1.3' }).tiles).toBeNull();
  expect(readTunedTiles({ ...ADAPTER, name: 'GPU two' })).toMatchObject({ tiles: null, unusable: null });
});

test('writing again replaces the file and leaves nothing beside it', () => {
  writeTunedTiles(ADAPTER, TILES);
  writeTunedTiles(ADAPTER, {});
  expect(readTunedTiles(ADAPTER).tiles).toEqual({});
  expect(readdirSync(cache)).toHaveLength(1);
});

test('a folder that is not there yet is made', () => {
  vi.stubEnv('MEMGPU_CACHE', join(cache, 'a', 'b'));
  writeTunedTiles(ADAPTER, TILES);
  expect(readTunedTiles(ADAPTER).tiles).toEqual(TILES);
});

test('forgetting removes the file of this adapter alone, and may be done twice', () => {
  const file = writeTunedTiles(ADAPTER, TILES);
  writeTunedTiles({ ...ADAPTER, name: 'GPU two' }, TILES);
  expect(forgetTunedTiles(ADAPTER)).toEqual([file]);
  expect(forgetTunedTiles(ADAPTER)).toEqual([]);
  expect(readTunedTiles(ADAPTER).tiles).toBeNull();
  expect(readTunedTiles({ ...ADAPTER, name: 'GPU two' }).tiles).toEqual(TILES);
});

test.each([
  ['cut', (text: string) => text.slice(0, 40), 'no JSON'],
  ['of another form', () => '{"tiles": 3}', 'no tiles of memgpu'],
  ['null', () => 'null', 'no tiles of memgpu'],
  ['of another adapter', (text: string) => text.replace('GPU one', 'GPU two'), 'another adapter'],
  ['of another version', (text: string) => text.replace(/"memgpu": "[^"]*"/, '"memgpu": "0.0.0"'), 'of memgpu'],
])('a file that is %s is told of and not used, and stays as it is', (_, damage, why) => {
  const file = writeTunedTiles(ADAPTER, TILES);
  const damaged = damage(readFileSync(file, 'utf8'));
  writeFileSync(file, damaged);
  const found = readTunedTiles(ADAPTER);
  expect(found).toMatchObject({ tiles: null, file });
  expect(found.unusable).toContain(why);
  expect(readFileSync(file, 'utf8')).toBe(damaged);
});

test('a folder in the place of the file is told of', () => {
  const file = writeTunedTiles(ADAPTER, TILES);
  rmSync(file);
  mkdirSync(file);
  expect(readTunedTiles(ADAPTER).unusable).toContain('cannot be read');
});

test('a cache that takes no file is an error that names it, and no error to read', () => {
  const file = join(cache, 'file');
  writeFileSync(file, '');
  vi.stubEnv('MEMGPU_CACHE', file);
  expect(() => writeTunedTiles(ADAPTER, TILES)).toThrow(MemgpuError);
  expect(() => writeTunedTiles(ADAPTER, TILES)).toThrow(file);
  expect(readTunedTiles(ADAPTER)).toMatchObject({ tiles: null, unusable: null });
});
