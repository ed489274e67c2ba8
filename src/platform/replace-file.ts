import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file beside its place and moves it there, so that processes that do this at once all see whole files at all times.
 * @throws what the system says; nothing is left behind
 */
export function replaceFile(path: string, data: Uint8Array | string, mode: number): void {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    writeFileSync(temporary, data, { mode, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
