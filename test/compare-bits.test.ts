import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../scripts/compare-bits.mjs', import.meta.url));
const SOFTWARE = { kind: 'software', vendor: 'google', architecture: 'swiftshader' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bits-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text: string): void {
  const file = join(folder, 'test-results/bits', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function record(host: string, file: string, bits: Record<string, string>, adapter = SOFTWARE): void {
  put(`${host}/${file}.json`, JSON.stringify({ adapter, bits }));
}

function compare(...flags: string[]): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...flags], { cwd: folder, encoding: 'utf8' });
  return { status, out: stdout + stderr };
}

test('equal bits pass, and are counted', () => {
  for (const host of ['node', 'chromium']) record(host, 'a', { x: '1', y: '2' });
  expect(compare()).toEqual({ status: 0, out: 'Bits: 2 outputs are equal in Node and Chromium.\n' });
});

test('other bits, and an entry or a file that one side lacks, fail with their names', () => {
  record('node', 'a', { x: '1', y: '2', z: '3' });
  record('chromium', 'a', { x: '9', z: '3', w: '4' });
  record('node', 'b', { x: '1' });
  record('chromium', 'c', { x: '1' });
  const { status, out } = compare();
  expect(status).toBe(1);
  for (const line of [
    'a.json: x: 1 in node, 9 in chromium',
    'a.json: y: missing in chromium',
    'a.json: w: missing in node',
    'b.json: no file from chromium',
    'c.json: no file from node',
  ])
    expect(out).toContain(line);
});

test('nothing recorded fails', () => {
  expect(compare().status).toBe(1);
});

test('Chromium may be missing only where the run says why', () => {
  record('node', 'a', { x: '1' });
  expect(compare().status).toBe(1);
  put('chromium-left-out.txt', 'none is bundled for this platform\n');
  expect(compare()).toEqual({
    status: 0,
    out: 'Bits: Node was not compared with Chromium: none is bundled for this platform\n',
  });
});

test('bits of hardware are not compared, and that is said', () => {
  record('node', 'a', { x: '1' }, { ...SOFTWARE, kind: 'hardware', vendor: 'nvidia' });
  record('chromium', 'a', { x: '2' });
  const { status, out } = compare();
  expect(status).toBe(0);
  expect(out).toContain('1 test files ran on hardware or on different adapters and were not compared');
});

test('--clear removes what an earlier run left', () => {
  record('node', 'a', { x: '1' });
  expect(compare('--clear').status).toBe(0);
  expect(existsSync(join(folder, 'test-results/bits'))).toBe(false);
});
