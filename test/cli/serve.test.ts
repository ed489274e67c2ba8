import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useCli } from './run-cli.js';

const cli = useCli();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a package without its page says so', async () => {
  const { code, stderr } = await cli.run(['serve']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/page's files cannot be read/);
});

test('it serves the page under its policy and the demo beside it, until it is interrupted', async () => {
  mkdirSync(join(cli.home, 'site'));
  writeFileSync(join(cli.home, 'site/index.html'), '<!doctype html><title>page</title>');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/`;
  const outcome = await cli.run(['serve', '--port', String(port)], {
    async during(process) {
      while (process.running && !process.stderr.includes('Ctrl-C'))
        await new Promise((resolve) => setTimeout(resolve, 50));
      const page = await fetch(address);
      expect(await page.text()).toContain('<title>page</title>');
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'/,
      );
      expect((await (await fetch(`${address}demo/candidates.bin`)).arrayBuffer()).byteLength).toBe(614_600);
      expect((await fetch(`${address}../package.json`)).status).toBe(404);
      process.kill('SIGINT');
    },
  });
  expect(outcome.stdout).toBe(`${address}\n`);
  expect(outcome.code).toBe(0);
});
