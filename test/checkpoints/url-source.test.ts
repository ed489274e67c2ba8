import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import { openUrl } from '../../src/checkpoints/url-source.js';
import { failure } from './files.js';

const MIB = 1 << 20;
const file = Uint8Array.from({ length: 8 * MIB + 12345 }, (_, i) => (i * 2654435761) >>> 13);

let server: Server;
let base: string;
let answer: RequestListener;
let requests: { method: string; range: string }[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', range: request.headers.range ?? '' });
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
});

function asked(request: IncomingMessage, size: number): [begin: number, end: number] {
  const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!;
  return [Number(begin), Math.min(Number(last) + 1, size)];
}

/** A server that keeps to RFC 9110, but for what `change` does to headers or body. */
function ranges(
  bytes: Uint8Array,
  change: (headers: Record<string, string>, nth: number, body: Uint8Array) => Uint8Array | undefined = () => undefined,
): RequestListener {
  return (request, response) => {
    const headers: Record<string, string> = { etag: '"one"' };
    if (request.method === 'HEAD') {
      headers['content-length'] = String(bytes.byteLength);
      response.writeHead(200, headers).end();
      return;
    }
    const [begin, end] = asked(request, bytes.byteLength);
    if (begin >= bytes.byteLength) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.byteLength}` }).end();
      return;
    }
    headers['content-range'] = `bytes ${begin}-${end - 1}/${bytes.byteLength}`;
    const part = bytes.subarray(begin, end);
    const body = change(headers, requests.length, part) ?? part;
    response.writeHead(206, headers).end(body);
  };
}

describe('a server with ranges', () => {
  it('is read in parts that are the file’s', async () => {
    answer = ranges(file);
    const source = await openUrl(`${base}/f.bin?token=secret#x`);
    expect([source.name, source.size]).toEqual([`${base}/f.bin`, file.byteLength]);
    for (const [offset, length] of [
      [0, 8],
      [MIB - 3, 6],
      [MIB, MIB],
      [5 * MIB + 7, 3 * MIB],
      [0, file.byteLength],
      [file.byteLength - 5, 5],
      [file.byteLength, 0],
      [2 * MIB - 1, MIB + 2],
    ] as const) {
      expect(Buffer.compare(await source.read(offset, length), file.subarray(offset, offset + length))).toBe(0);
    }
    await failure(source.read(file.byteLength - 1, 2), 'IO');
    await source.close?.();
  });

  it('is asked once for neighbouring small reads, at once or in turn', async () => {
    answer = ranges(file);
    const source = await openUrl(`${base}/f.bin`);
    await Promise.all(Array.from({ length: 50 }, (_, i) => source.read(i * 1000, 1000)));
    expect(requests).toHaveLength(1);
    await Promise.all(Array.from({ length: 50 }, (_, i) => source.read(3 * MIB + i * 1000, 1000)));
    await source.read(3 * MIB + 70_000, 1000);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.range).toBe(`bytes=${3 * MIB}-${4 * MIB - 1}`);
  });

  it('opens a checkpoint with one request and reads only the rows asked for', async () => {
    const rows = Float32Array.from({ length: 2 * MIB }, (_, i) => i);
    answer = ranges(writeSafetensors([{ name: 'r', dtype: 'F32', shape: [2048, 1024], data: rows }]));
    const checkpoint = await openSafetensors(await openUrl(new URL(`${base}/f.safetensors`)));
    expect(requests).toHaveLength(1);
    expect(await checkpoint.readRows('r', 2000, 1)).toEqual(rows.slice(2000 * 1024, 2001 * 1024));
    expect(requests).toHaveLength(2);
  });

  it('may serve a file shorter than the first block, or empty', async () => {
    answer = ranges(file.subarray(0, 10));
    expect(await (await openUrl(base)).read(2, 8)).toEqual(file.slice(2, 10));
    answer = ranges(new Uint8Array(0));
    expect((await openUrl(base)).size).toBe(0);
  });

  it('may hide Content-Range or its total, then HEAD gives the size', async () => {
    for (const hide of [
      (headers: Record<string, string>) => void delete headers['content-range'],
      (headers: Record<string, string>) => {
        headers['content-range'] = headers['content-range']!.replace(/\/.*/, '/*');
        return undefined;
      },
    ]) {
      requests = [];
      answer = ranges(file, hide);
      const source = await openUrl(base);
      expect(source.size).toBe(file.byteLength);
      expect(requests.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
      expect(await source.read(2 * MIB, 9)).toEqual(file.slice(2 * MIB, 2 * MIB + 9));
    }
  });

  it('a failed read is not remembered', async () => {
    answer = ranges(file);
    const source = await openUrl(base);
    const good = answer;
    answer = (_, response) => response.writeHead(503).end();
    await failure(source.read(2 * MIB, 9), 'IO');
    answer = good;
    expect(await source.read(2 * MIB, 9)).toEqual(file.slice(2 * MIB, 2 * MIB + 9));
  });
});

describe('answers that are refused', () => {
  it.each<[string, RegExp, (headers: Record<string, string>, body: Uint8Array) => Uint8Array | undefined]>([
    [
      'another range',
      /sent bytes 1–/,
      (headers) => {
        headers['content-range'] = headers['content-range']!.replace(/bytes \d+/, 'bytes 1');
        return undefined;
      },
    ],
    [
      'another size',
      /changed while it was being read/,
      (headers) => {
        headers['content-range'] = headers['content-range']!.replace(/\/\d+/, '/9999999');
        return undefined;
      },
    ],
    [
      'another version',
      /changed while it was being read/,
      (headers) => {
        headers.etag = '"two"';
        return undefined;
      },
    ],
    ['too few bytes', /sent 100 of 1048576 bytes/, (_, body) => body.slice(0, 100)],
    ['too many bytes', /sent more than 1048576 bytes/, (_, body) => Buffer.concat([body, body])],
  ])('%s', async (_, message, change) => {
    answer = ranges(file, (headers, nth, body) => (nth < 2 ? undefined : change(headers, body)));
    const source = await openUrl(base);
    const error = await failure(source.read(3 * MIB, 9), 'IO');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('127.0.0.1');
  });

  it('a first answer that lies about its range', async () => {
    answer = ranges(file, (headers) => {
      headers['content-range'] = 'bytes 5-9/20';
      return undefined;
    });
    expect((await failure(openUrl(base), 'IO')).message).toMatch(/sent bytes 5–9/);
    answer = ranges(file, (headers) => {
      headers['content-range'] = 'bytes 0-1048575/9007199254740993';
      return undefined;
    });
    expect((await failure(openUrl(base), 'IO')).message).toMatch(/a Content-Range that cannot be read/);
  });

  it('a status other than 200 and 206', async () => {
    for (const status of [204, 400, 403, 404, 416, 500]) {
      answer = (_, response) => response.writeHead(status).end();
      expect((await failure(openUrl(`${base}/f?key=secret`), 'IO')).message).toMatch(`${status}`);
    }
    answer = (_, response) => response.writeHead(404).end();
    expect((await failure(openUrl(`${base}/f?key=secret`), 'IO')).message).toBe(
      `${base}/f: the server answered 404 Not Found`,
    );
  });

  it('a server that ignores ranges later on', async () => {
    const good = ranges(file);
    answer = (request, response) =>
      requests.length < 2 ? good(request, response) : response.writeHead(200).end(file.subarray(0, 100));
    const source = await openUrl(base);
    expect((await failure(source.read(3 * MIB, 9), 'IO')).message).toMatch(/answered 200/);
  });

  it('a connection that breaks, and one that cannot be made', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    };
    expect((await failure(openUrl(base), 'IO')).message).toMatch(/ended after \d+ bytes/);
    await failure(openUrl('http://127.0.0.1:1/f'), 'IO');
    await failure(openUrl('http://[bad'), 'IO');
    await failure(openUrl('relative/in/node'), 'IO');
  });

  it('no size at all', async () => {
    const hidden = ranges(file, (headers) => void delete headers['content-range']);
    answer = (request, response) =>
      request.method === 'HEAD' ? response.writeHead(405).end() : hidden(request, response);
    const error = await failure(openUrl(base), 'IO');
    expect(error.message).toMatch(/does not tell the size|answered 405/);
  });
});

describe('a server without ranges', () => {
  const whole = (bytes: Uint8Array, headers: Record<string, string> = {}): RequestListener => {
    return (_, response) => response.writeHead(200, headers).end(bytes);
  };

  it('is downloaded once', async () => {
    answer = whole(file);
    const source = await openUrl(base);
    expect(source.size).toBe(file.byteLength);
    expect(await source.read(5 * MIB, 9)).toEqual(file.slice(5 * MIB, 5 * MIB + 9));
    expect(requests).toHaveLength(1);
  });

  it('is refused above the cap, claimed or not', async () => {
    answer = whole(file, { 'content-length': String(file.byteLength) });
    const error = await failure(openUrl(base, { wholeCap: 1000 }), 'IO');
    expect(error.message).toMatch(/ignores range requests, and 8400953 bytes are more than the 1000/);
    expect(error.hint).toMatch(/range requests/);
    answer = (_, response) => {
      response.writeHead(200);
      for (let at = 0; at < 64; at++) response.write(file.subarray(0, MIB / 16));
      response.end();
    };
    expect((await failure(openUrl(base, { wholeCap: 1000 }), 'IO')).message).toMatch(/more than 1000 bytes/);
  });
});

describe('options', () => {
  it('fetch may be given', async () => {
    const seen: unknown[] = [];
    const source = await openUrl('https://example.org/f', {
      fetch: async (address, init) => {
        seen.push(address, new Headers(init?.headers).get('range'));
        return new Response(file.slice(0, 4), { status: 206, headers: { 'content-range': 'bytes 0-3/4' } });
      },
    });
    expect(source.size).toBe(4);
    expect(seen).toEqual(['https://example.org/f', `bytes=0-${MIB - 1}`]);
  });

  it('a signal ends the requests', async () => {
    answer = ranges(file);
    const controller = new AbortController();
    const source = await openUrl(base, { signal: controller.signal });
    answer = () => {};
    const read = failure(source.read(3 * MIB, 9), 'ABORTED');
    controller.abort();
    await read;
  });

  it('a signal ends a body that does not come', async () => {
    const controller = new AbortController();
    const stalled = new Promise<void>((begun) => {
      answer = (_, response) => {
        response.writeHead(200);
        response.write('half', () => begun());
      };
    });
    const opening = failure(openUrl(base, { signal: controller.signal }), 'ABORTED');
    await stalled;
    await new Promise((later) => setTimeout(later, 50));
    controller.abort();
    await opening;
  });

  it('credentials stay out of messages', async () => {
    const failing = { fetch: () => Promise.reject(new TypeError('no')) };
    const error = await failure(openUrl('https://user:pass@example.org/f?sig=1', failing), 'IO');
    expect(error.message).toBe('https://example.org/f: the server cannot be reached');
  });
});
