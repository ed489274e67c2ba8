import { MemgpuError } from '../../src/errors.js';
import type { ByteSource } from '../../src/images/source.js';

export interface CountingSource extends ByteSource {
  /** [offset, length] of each read so far. */
  readonly reads: [number, number][];
}

/** Bytes in memory that notes every read. */
export function memorySource(name: string, bytes: Uint8Array): CountingSource {
  const reads: [number, number][] = [];
  return {
    name,
    size: bytes.length,
    reads,
    async read(offset, length) {
      reads.push([offset, length]);
      if (offset + length > bytes.length) throw new MemgpuError('IO', `${name} ends before ${offset + length}`);
      return bytes.slice(offset, offset + length);
    },
  };
}
