import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors, type SafetensorsCheckpoint } from '../../src/checkpoints/safetensors.js';
import type { ByteSource } from '../../src/checkpoints/source.js';
import { type ErrorCode, MemgpuError } from '../../src/errors.js';

export interface GoldenFile {
  file: string;
  load: boolean;
  why: string;
  values?: Record<string, number[]>;
}

const folder = new URL('../golden/safetensors/', import.meta.url);
export const goldenFiles = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as GoldenFile[];
export const golden = (file: string): Uint8Array => new Uint8Array(readFileSync(new URL(file, folder)));

/** A file of this header text, not padded, and this many zero bytes of data. */
export function fileOf(header: string, data: number | Uint8Array = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = typeof data === 'number' ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + text.byteLength + bytes.byteLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.byteLength), true);
  file.set(text, 8);
  file.set(bytes, 8 + text.byteLength);
  return file;
}

export const open = (file: Uint8Array, name = 'x.safetensors'): Promise<SafetensorsCheckpoint> =>
  openSafetensors(bufferSource(file, name));

/** The MemgpuError that it fails with; the test fails on any other outcome. */
export async function failure(attempt: Promise<unknown> | (() => unknown), code: ErrorCode): Promise<MemgpuError> {
  let error: unknown;
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(MemgpuError);
  expect((error as MemgpuError).code).toBe(code);
  return error as MemgpuError;
}

/** Counts what is read from a source. */
export function counted(source: ByteSource): ByteSource & { bytesRead: number; largest: number; closed: number } {
  return {
    name: source.name,
    size: source.size,
    bytesRead: 0,
    largest: 0,
    closed: 0,
    read(offset, length) {
      this.bytesRead += length;
      this.largest = Math.max(this.largest, length);
      return source.read(offset, length);
    },
    async close() {
      this.closed++;
      await source.close?.();
    },
  };
}
