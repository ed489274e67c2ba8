/** The report of the last run that was finished, in the origin's private file system, where it outlasts the page. */
import { ownFolder, writeWhole } from './opfs-files.js';

const NAME = 'last-report.json';

/** In place of the one before. Where there is no room, none is kept. */
export async function keepReport(json: string): Promise<void> {
  await ownFolder()
    .then((folder) => writeWhole(folder, NAME, new TextEncoder().encode(json)))
    .catch(() => {});
}

/** @returns null where there is none */
export async function keptReport(): Promise<string | null> {
  try {
    const file = await (await ownFolder()).getFileHandle(NAME);
    return await (await file.getFile()).text();
  } catch {
    return null;
  }
}

export async function forgetReport(): Promise<void> {
  await ownFolder()
    .then((folder) => folder.removeEntry(NAME))
    .catch(() => {});
}
