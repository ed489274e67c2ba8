import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface Site {
  readonly origin: string;
  close(): void;
}

/** Where the pages' files lie. */
export interface SiteFolders {
  /** Bundled programs, `NAME.js`. */
  readonly programs: string;
  /** onnxruntime-web's scripts and WASM. */
  readonly ort: string;
  /** The file of a job's float64 output. */
  readonly reference: (job: string) => string | undefined;
}

/** Serves the pages of the peers. Isolated from other origins, as threads of WASM need it. */
export async function openSite({ programs, ort, reference }: SiteFolders): Promise<Site> {
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const [, room = '', ...rest] = normalize(new URL(url, 'http://localhost').pathname).split('/');
    const name = rest.join('/');
    if (room === 'page') {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><title>${name}</title><script src="/program/${name}.js"></script>`);
      return;
    }
    const file = { program: join(programs, name), ort: join(ort, name), reference: reference(name) }[room];
    if (file === undefined || !existsSync(file)) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
