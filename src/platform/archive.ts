/** Reads brotli-compressed ustar archives (POSIX.1-1988 interchange format). */
import { brotliDecompressSync } from 'node:zlib';
import { MemgpuError } from '../errors.js';

const BLOCK = 512;
const NAME = [0, 100] as const;
const SIZE = [124, 136] as const;
const CHECKSUM = [148, 156] as const;
const TYPE = 156;
const MAGIC = [257, 262] as const;
/** The archives that this reads unpack to 15 MB at most. */
const MOST_BYTES = 2 ** 28;

export interface ArchiveFile {
  /** Relative, with '/' between parts. */
  readonly path: string;
  readonly data: Uint8Array;
}

/**
 * The regular files of an archive, in its order; folders are implied by the paths.
 * @param name of the archive, for errors
 * @throws IO where the bytes are not such an archive, end early, or name a path outside it
 */
export function readArchive(compressed: Uint8Array, name: string): ArchiveFile[] {
  let tar: Buffer;
  try {
    tar = brotliDecompressSync(compressed, { maxOutputLength: MOST_BYTES });
  } catch (cause) {
    throw damaged(name, 'it is no brotli stream', cause);
  }
  const files: ArchiveFile[] = [];
  let at = 0;
  while (at + BLOCK <= tar.length && tar[at] !== 0) {
    const header = tar.subarray(at, at + BLOCK);
    const path = text(header, NAME);
    if (text(header, MAGIC) !== 'ustar' || !checksumHolds(header)) throw damaged(name, `header at byte ${at}`);
    const bytes = octal(header, SIZE);
    const start = at + BLOCK;
    if (start + bytes > tar.length) throw damaged(name, `'${path}' ends early`);
    if (path.startsWith('/') || path.split('/').includes('..')) throw damaged(name, `path '${path}'`);
    const type = header[TYPE];
    if (type === 0 || type === '0'.charCodeAt(0)) files.push({ path, data: tar.subarray(start, start + bytes) });
    at = start + Math.ceil(bytes / BLOCK) * BLOCK;
  }
  return files;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksumHolds(header: Buffer): boolean {
  let sum = 0;
  for (const [i, byte] of header.entries()) sum += i >= CHECKSUM[0] && i < CHECKSUM[1] ? 32 : byte;
  return sum === octal(header, CHECKSUM);
}

function text(header: Buffer, [start, end]: readonly [number, number]): string {
  return header.toString('latin1', start, end).split('\0', 1)[0] ?? '';
}

function octal(header: Buffer, field: readonly [number, number]): number {
  return Number.parseInt(text(header, field).trim() || '0', 8);
}

function damaged(name: string, what: string, cause?: unknown): MemgpuError {
  return new MemgpuError('IO', `Archive ${name} is damaged: ${what}`, { hint: 'Install the package again.', cause });
}
