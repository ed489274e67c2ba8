/** Self-checks that this browser has passed, in the origin's private file system. */
import { ownFolder, writeWhole } from './opfs-files.js';

const NAME = 'passed-checks.json';
/** Adapters, versions and variants come and go. */
const MOST = 100;

/** @param check names adapter, version of memgpu and variant; the browser's own version is added here, as it brings the driver */
export async function hasPassed(check: string): Promise<boolean> {
  return (await kept()).includes(nameOf(check));
}

/** Where there is no room, none is kept. */
export async function keepPassed(check: string): Promise<void> {
  const all = [nameOf(check), ...(await kept())].slice(0, MOST);
  await ownFolder()
    .then((folder) => writeWhole(folder, NAME, new TextEncoder().encode(JSON.stringify(all))))
    .catch(() => {});
}

function nameOf(check: string): string {
  return JSON.stringify([navigator.userAgent, check]);
}

async function kept(): Promise<string[]> {
  try {
    const file = await (await ownFolder()).getFileHandle(NAME);
    const found: unknown = JSON.parse(await (await file.getFile()).text());
    return Array.isArray(found) ? found.filter((check) => typeof check === 'string') : [];
  } catch {
    return [];
  }
}
