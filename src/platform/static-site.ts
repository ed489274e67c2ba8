import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { MemgpuError } from '../errors.js';

/** Nothing but the site's own files; the decoders are WASM. */
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** A site that this machine alone can open. */
export interface StaticSite extends AsyncDisposable {
  /** Such as http://127.0.0.1:8080/. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder (not of folders in it) on 127.0.0.1, `index.html` at the root. What is served is read when
 * it starts: no request reaches the file system.
 * @param port 0: any that is free
 * @param below further folders, by the name under which their files stand
 * @throws IO where the port is taken or a folder cannot be read
 */
export async function serveFolder(
  folder: string,
  port: number,
  below: Readonly<Record<string, string>> = {},
): Promise<StaticSite> {
  const files = readFiles(folder);
  for (const [name, other] of Object.entries(below)) {
    for (const [file, content] of readFiles(other)) files.set(`${name}/${file}`, content);
  }
  const server = createServer(({ url = '/', method }, response) => {
    // As it stands: not every target of a request is a URL, and a name is looked up, never resolved.
    const path = url.replace(/[?#].*$/s, '');
    const name = path === '/' ? 'index.html' : path.slice(1);
    const file = files.get(name);
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(file === undefined ? 404 : 405).end();
      return;
    }
    response
      .writeHead(200, {
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        'content-length': file.byteLength,
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-cache',
      })
      .end(method === 'HEAD' ? undefined : file);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new MemgpuError('IO', `port ${port} of 127.0.0.1 cannot be used`, {
          hint: 'Choose another --port, or leave it out for one that is free.',
          cause,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readFiles(folder: string): Map<string, Uint8Array> {
  try {
    const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
    return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
  } catch (cause) {
    throw new MemgpuError('IO', `the page's files cannot be read from ${folder}`, {
      hint: 'Install the package again; in a clone: npm run build.',
      cause,
    });
  }
}
