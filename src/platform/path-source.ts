import { type FileHandle, open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ByteSource, checkRange } from '../checkpoints/source.js';
import { MemgpuError } from '../errors.js';

/** One system call reads less than 2 GiB. */
const READ_MAX = 1 << 30;

/**
 * A source over a regular file, read by position: nothing is loaded that is not asked for.
 *
 * @throws IO naming the path where it is missing, may not be read, or is no regular file.
 */
export async function openPath(path: string | URL): Promise<ByteSource> {
  const name = typeof path === 'string' ? path : fileURLToPath(path);
  try {
    // Before opening: opening a pipe without a writer would wait for ever.
    const kind = await stat(name);
    if (kind.isDirectory()) throw new MemgpuError('IO', `${name} is a directory`, { hint: 'Give a safetensors file.' });
    if (!kind.isFile()) throw new MemgpuError('IO', `${name} is no regular file`);
    const handle = await open(name, 'r');
    try {
      return new PathSource(name, (await handle.stat()).size, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw asIo(name, error);
  }
}

class PathSource implements ByteSource {
  #handle: FileHandle | undefined;

  constructor(
    readonly name: string,
    readonly size: number,
    handle: FileHandle,
  ) {
    this.#handle = handle;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const { name } = this;
    if (this.#handle === undefined) throw new MemgpuError('IO', `${name} is closed`);
    checkRange(this, offset, length);
    try {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const most = Math.min(length - done, READ_MAX);
        const { bytesRead } = await this.#handle.read(bytes, done, most, offset + done);
        if (bytesRead === 0) {
          throw new MemgpuError('IO', `${name} ends at ${offset + done}: it became shorter while it was being read`);
        }
        done += bytesRead;
      }
      return bytes;
    } catch (error) {
      throw asIo(name, error);
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

function asIo(name: string, error: unknown): MemgpuError {
  if (error instanceof MemgpuError) return error;
  if (error instanceof RangeError) {
    return new MemgpuError('OUT_OF_MEMORY', `${name}: the bytes asked for do not fit into memory`, { cause: error });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const what =
    { ENOENT: 'does not exist', ENOTDIR: 'does not exist', EACCES: 'may not be read', EPERM: 'may not be read' }[
      code
    ] ?? `cannot be read${code === '' ? '' : ` (${code})`}`;
  return new MemgpuError('IO', `${name} ${what}`, { hint: 'Check the path and its permissions.', cause: error });
}
