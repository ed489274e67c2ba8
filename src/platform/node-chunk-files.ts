/** Finished chunks as files: `FOLDER/00000.safetensors` and so on, each there whole or not at all. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  };
}

/** Names of the chunks' files in a folder; none where there is no folder. */
export async function chunkFileNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => NAME.test(name));
}
