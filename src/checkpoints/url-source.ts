import { MemgpuError } from '../errors.js';
import { bufferSource } from './buffer-source.js';
import { readBody } from './http-body.js';
import { type ByteSource, checkRange } from './source.js';

/** Small reads are served from blocks of this size, so that a checkpoint's many small tensors cost few requests. */
const BLOCK = 1 << 20;
const BLOCKS_KEPT = 4;
/** A server that ignores ranges sends everything; more than this is not taken into memory. */
const WHOLE_CAP = 1 << 29;

export interface UrlOptions {
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch;
  /** Ends every request of this source. */
  signal?: AbortSignal;
  /** Most bytes to take from a server that ignores ranges; 512 MiB when left out. */
  wholeCap?: number;
}

/**
 * A source over HTTP range requests (RFC 9110 §14). Opening it fetches the first block. Each answer's status,
 * Content-Range, length and, where given, ETag are verified. A server that ignores ranges is downloaded once, whole.
 *
 * @throws IO where the server cannot be reached, refuses, answers with other bytes, or ignores ranges above the cap.
 */
export async function openUrl(address: string | URL, options: UrlOptions = {}): Promise<ByteSource> {
  const remote = new Remote(address, options);
  const first = await remote.request(0, BLOCK);
  if (first.status === 200) return bufferSource(await remote.whole(first), remote.name);
  if (first.status === 416 && /^bytes \*\/0$/.test(first.headers.get('content-range') ?? '')) {
    await first.body?.cancel();
    return bufferSource(new Uint8Array(0), remote.name);
  }
  await remote.identify(first);
  const start = await remote.part(first, 0, Math.min(BLOCK, remote.size));
  return new UrlSource(remote, start);
}

class UrlSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  /** By block number, most recently used last; concurrent reads of one block share its request. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>();
  readonly #remote: Remote;

  constructor(remote: Remote, start: Uint8Array) {
    this.#remote = remote;
    this.name = remote.name;
    this.size = remote.size;
    this.#blocks.set(0, Promise.resolve(start));
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    if (length === 0) return new Uint8Array(0);
    const first = Math.floor(offset / BLOCK);
    const last = Math.floor((offset + length - 1) / BLOCK);
    if (last - first > 1) {
      return this.#remote.part(await this.#remote.request(offset, length), offset, length);
    }
    const out = new Uint8Array(length);
    for (let block = first; block <= last; block++) {
      const bytes = await this.#block(block);
      const from = Math.max(offset - block * BLOCK, 0);
      const to = Math.min(offset + length - block * BLOCK, bytes.byteLength);
      out.set(bytes.subarray(from, to), block * BLOCK + from - offset);
    }
    return out;
  }

  async close(): Promise<void> {
    this.#blocks.clear();
  }

  #block(index: number): Promise<Uint8Array> {
    const begin = index * BLOCK;
    const length = Math.min(BLOCK, this.size - begin);
    const bytes =
      this.#blocks.get(index) ??
      this.#remote.request(begin, length).then((response) => this.#remote.part(response, begin, length));
    this.#blocks.delete(index);
    this.#blocks.set(index, bytes);
    bytes.catch(() => this.#blocks.delete(index));
    if (this.#blocks.size > BLOCKS_KEPT) this.#blocks.delete(this.#blocks.keys().next().value!);
    return bytes;
  }
}

class Remote {
  /** Without credentials and query, which may hold secrets. */
  readonly name: string;
  size = 0;
  etag: string | null = null;
  readonly #address: string | URL;
  readonly #options: UrlOptions;

  constructor(address: string | URL, options: UrlOptions) {
    this.#address = address;
    this.#options = options;
    this.name = String(address)
      .replace(/^(data:)[\s\S]*/i, '$1…')
      .replace(/[?#][\s\S]*$/, '')
      .replace(/^(\w+:\/\/)[^/]*@/, '$1');
  }

  async request(offset: number, length: number): Promise<Response> {
    return this.#fetch({ headers: { range: `bytes=${offset}-${offset + length - 1}` } });
  }

  /** The body of an answer to a range request, verified. */
  async part(response: Response, offset: number, length: number): Promise<Uint8Array> {
    if (response.status !== 206) {
      throw await this.#refuse(response, `answered ${response.status} to a request for ${length} bytes at ${offset}`);
    }
    const range = await this.#contentRange(response);
    if (range !== undefined && (range.begin !== offset || range.end !== offset + length)) {
      throw await this.#refuse(
        response,
        `sent bytes ${range.begin}–${range.end - 1} for ${offset}–${offset + length - 1}`,
      );
    }
    const etag = response.headers.get('etag');
    if ((range?.total ?? this.size) !== this.size || (etag !== null && this.etag !== null && etag !== this.etag)) {
      throw await this.#refuse(response, 'changed while it was being read', 'Start again.');
    }
    const bytes = await readBody(response, this.name, length, { signal: this.#options.signal });
    if (bytes.byteLength !== length) {
      throw new MemgpuError('IO', `${this.name}: sent ${bytes.byteLength} of ${length} bytes at ${offset}`);
    }
    return bytes;
  }

  /** The body of an answer without ranges. */
  async whole(response: Response): Promise<Uint8Array> {
    const cap = this.#options.wholeCap ?? WHOLE_CAP;
    const hint = 'Download the file, or serve it with range requests.';
    const claimed = Number(response.headers.get('content-length') ?? 0);
    if (claimed > cap) {
      const size = `${claimed} bytes are more than the ${cap} that are taken whole`;
      throw await this.#refuse(response, `the server ignores range requests, and ${size}`, hint);
    }
    return readBody(response, this.name, cap, { hint, signal: this.#options.signal });
  }

  /** Takes size and version from the first part. */
  async identify(first: Response): Promise<void> {
    if (first.status !== 206) throw await this.#refuse(first, `the server answered ${first.status}`);
    this.etag = first.headers.get('etag');
    this.size = (await this.#contentRange(first))?.total ?? (await this.#sizeFromHead());
  }

  /** Browsers hide Content-Range across origins unless the server exposes it; Content-Length is always visible. */
  async #sizeFromHead(): Promise<number> {
    const response = await this.#fetch({ method: 'HEAD' });
    const length = response.headers.get('content-length') ?? '';
    if (!response.ok || !/^\d+$/.test(length) || !Number.isSafeInteger(Number(length))) {
      throw new MemgpuError('IO', `${this.name}: the server does not tell the size of the file`, {
        hint: 'Let it send Content-Range, and across origins Access-Control-Expose-Headers: Content-Range.',
      });
    }
    return Number(length);
  }

  async #fetch(init: RequestInit): Promise<Response> {
    const { fetch = globalThis.fetch, signal } = this.#options;
    let response: Response;
    try {
      response = await fetch(this.#address, signal === undefined ? init : { ...init, signal });
    } catch (cause) {
      if (signal?.aborted) throw new MemgpuError('ABORTED', `${this.name}: reading was aborted`, { cause });
      throw new MemgpuError('IO', `${this.name}: the server cannot be reached`, {
        hint: 'Check the address and the connection; in a page, the server must also allow this origin (CORS).',
        cause,
      });
    }
    if (![200, 206, 416].includes(response.status)) {
      throw await this.#refuse(response, `the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    return response;
  }

  async #refuse(response: Response, what: string, hint?: string): Promise<MemgpuError> {
    await response.body?.cancel().catch(() => {});
    return new MemgpuError('IO', `${this.name}: ${what}`, hint === undefined ? {} : { hint });
  }

  /** `bytes BEGIN-LAST/TOTAL` as [begin, end) and total, which is undefined for `*`; undefined where the header is hidden. */
  async #contentRange(
    response: Response,
  ): Promise<{ begin: number; end: number; total: number | undefined } | undefined> {
    const header = response.headers.get('content-range');
    if (header === null) return undefined;
    const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header);
    if (match === null) throw await this.#refuse(response, 'sent a Content-Range that cannot be read');
    const total = match[3] === '*' ? undefined : Number(match[3]);
    return { begin: Number(match[1]), end: Number(match[2]) + 1, total };
  }
}
