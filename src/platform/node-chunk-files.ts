/** Finished chunks as files: `FOLDER/00000.safetensors` and so on, each there whole or not at all. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import { writeWhole } from './whole-files.js';

const NAME = /^\d{5,}\.safetensors$/;

/** What `chunkStore` keeps records in. */
export function nodeChunkFiles(folder: string) {
  const path = (number: number) => join(folder, `${String(number).padStart(5, '0')}.safetensors`);
  return {
    /** Null where there is no such file, or none that can be read. */
    read: (number: number): Promise<Uint8Array | null> => readFile(path(number)).catch(() => null),
    /** @throws IO */
    write: (number: number, bytes: Uint8Array): Promise<void> => writeWhole(path(number), bytes),
    /** @throws IO where the file was taken away or cut meanwhile */
    readPart(number: number, offset: number, into: Uint8Array): void {
      try {
        const file = openSync(path(number), 'r');
        try {
          if (readSync(file, into, 0, into.byteLength, offset) === into.byteLength) return;
        } finally {
          closeSync(file);
        }
      } catch (cause) {
        throw gone(path(number), cause);
      }
      throw gone(path(number));
    },
  };
}

/** Names of the chunks' files in a folder; none where there is no folder. */
export async function chunkFileNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => NAME.test(name));
}

function gone(path: string, cause?: unknown): MemgpuError {
  return new MemgpuError('IO', `${quoted(path)} changed or was removed during the run`, {
    hint: 'Run the same command with --resume.',
    cause,
  });
}
