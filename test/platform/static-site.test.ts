import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StaticSite, serveFolder } from '../../src/platform/static-site.js';

let root: string;
let site: StaticSite;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'memgpu-site-'));
  mkdirSync(join(root, 'site/inner'), { recursive: true });
  writeFileSync(join(root, 'secret.txt'), 'not served');
  writeFileSync(join(root, 'site/index.html'), '<!doctype html>');
  writeFileSync(join(root, 'site/page.js'), 'export {};');
  writeFileSync(join(root, 'site/inner/page.js'), 'export {};');
  site = await serveFolder(join(root, 'site'), 0);
});
afterAll(async () => {
  await site.close();
  rmSync(root, { recursive: true });
});

/** As it stands: `fetch` would resolve the dots first. */
function get(path: string, method = 'GET'): Promise<{ status: number; type: string | undefined; policy: unknown }> {
  const { port } = new URL(site.address);
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method }, (response) => {
      response.resume();
      const { 'content-type': type, 'content-security-policy': policy } = response.headers;
      response.once('end', () => resolve({ status: response.statusCode!, type, policy }));
    })
      .once('error', reject)
      .end();
  });
}

test('the root is index.html, files have their types, and a policy that lets nothing else in', async () => {
  expect(await get('/')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  expect(await get('/page.js?a')).toMatchObject({ status: 200, type: 'text/javascript; charset=utf-8' });
  expect((await get('/')).policy).toContain("default-src 'self'");
  expect(await get('/page.js', 'HEAD')).toMatchObject({ status: 200 });
});

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '//etc/passwd',
  '//',
  '//[',
  '/inner/page.js',
  '/inner',
  '/missing',
  '/%00',
])('%s is not there', async (path) => {
  expect(await get(path)).toMatchObject({ status: 404 });
});

test('nothing can be written', async () => {
  expect(await get('/page.js', 'PUT')).toMatchObject({ status: 405 });
});

test('a port that is taken and a folder that is missing are said', async () => {
  const port = Number(new URL(site.address).port);
  await expect(serveFolder(join(root, 'site'), port)).rejects.toMatchObject({
    code: 'IO',
    message: expect.stringContaining(String(port)),
  });
  await expect(serveFolder(join(root, 'nowhere'), 0)).rejects.toMatchObject({ code: 'IO' });
});
