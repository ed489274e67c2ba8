/** Finished chunks as files: `FOLDER/00000.safetensors` and so on, each there whole or not at all. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import { writeWhole } from './whole-files.js';

const NAME = /^\d{5,}\.safetensors$/;

/** What `chunkStore` keeps records in. */
export function nodeChunkFiles(folder: string) {
  const path = (number: number) => chunkPath(folder, number);
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

/** Numbers of the chunks in a folder; none where there is no folder. */
export async function chunkNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => NAME.test(name)).map((name) => Number.parseInt(name, 10));
}

/** Removes all that is kept in a folder by these names, and nothing else. */
export async function removeChunks(folder: string): Promise<void> {
  for (const number of await chunkNumbers(folder)) await rm(chunkPath(folder, number), { force: true });
  for (const name of Object.values(SAMPLES)) await rm(join(folder, name), { force: true });
}

/** Of a run's precision, beside its chunks. */
const SAMPLES = { coarse: 'precision.safetensors', exact: 'precision-f32.safetensors' } as const;

/** What `writeSample` and `readSample` keep a sample in. */
export function nodeSampleFiles(folder: string) {
  return {
    /** Null where there is no such file, or none that can be read. */
    read: (name: keyof typeof SAMPLES): Promise<Uint8Array | null> =>
      readFile(join(folder, SAMPLES[name])).catch(() => null),
    /** @throws IO */
    write: (name: keyof typeof SAMPLES, bytes: Uint8Array): Promise<void> =>
      writeWhole(join(folder, SAMPLES[name]), bytes),
  };
}

function chunkPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(5, '0')}.safetensors`);
}

function gone(path: string, cause?: unknown): MemgpuError {
  return new MemgpuError('IO', `${quoted(path)} changed or was removed during the run`, {
    hint: 'Run the same command with --resume.',
    cause,
  });
}
