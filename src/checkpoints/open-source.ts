import { MemgpuError } from '../errors.js';
import { blobSource } from './blob-source.js';
import { bufferSource } from './buffer-source.js';
import type { ByteSource } from './source.js';

/** Opens a path or a `file:` URL; only hosts with a file system have one. */
export type OpenPath = (path: string | URL) => Promise<ByteSource>;

/**
 * A byte source over whatever names or holds the bytes. A string with the scheme http, https, blob or data is an address;
 * any other string is a path where `openPath` is given, else an address relative to the page.
 *
 * @throws IO where it cannot be opened; BAD_OPTION for an input of another kind.
 */
export async function openSource(
  input: string | URL | Blob | ArrayBuffer | Uint8Array | ByteSource,
  openPath?: OpenPath,
): Promise<ByteSource> {
  if (input instanceof ArrayBuffer || input instanceof Uint8Array) return bufferSource(input);
  if (input instanceof Blob) return blobSource(input);
  if (typeof input === 'string' || input instanceof URL) {
    const scheme = /^(https?|blob|data|file):/i.exec(String(input))?.[1]?.toLowerCase();
    if (scheme !== undefined && scheme !== 'file') return openAddress(input);
    if (openPath !== undefined) return openPath(scheme === 'file' ? new URL(input) : input);
    if (scheme !== 'file') return openAddress(input);
    throw new MemgpuError('IO', `${input}: a page cannot open a path`, {
      hint: 'Give a File, bytes or an http address.',
    });
  }
  if (typeof input?.read === 'function' && typeof input.size === 'number') return input;
  throw new MemgpuError('BAD_OPTION', 'the input is no path, address, Blob, ArrayBuffer, Uint8Array or byte source');
}

async function openAddress(address: string | URL): Promise<ByteSource> {
  return (await import('./url-source.js')).openUrl(address);
}
