import { MemgpuError } from '../errors.js';

/** Random access to bytes: a path, a Blob, a URL or a buffer. Nothing is read before it is asked for. */
export interface ByteSource {
  /** For messages: the path, the file's name, or the address. */
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`, in an array that is the caller's own. @throws IO where they cannot be had. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Gives back what the source holds; may be called twice. */
  close?(): Promise<void>;
}

/** @throws IO unless `length` bytes from `offset` lie within the source. Every kind of source checks its reads with it. */
export function checkRange(source: { name: string; size: number }, offset: number, length: number): void {
  if (
    !(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0) ||
    offset + length > source.size
  ) {
    throw new MemgpuError(
      'IO',
      `${source.name}: ${length} bytes at ${offset} were asked for, and it has ${source.size} bytes`,
    );
  }
}

/** `source.read`, for sources that are supplied from outside. @throws IO where one gives another number of bytes. */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.byteLength !== length) {
    throw new MemgpuError('IO', `${source.name}: gave ${bytes.byteLength} of ${length} bytes at ${offset}`);
  }
  return bytes;
}
