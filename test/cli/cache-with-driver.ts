import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { embeddedDriverState } from '../../src/platform/embedded-driver.js';

/** A cache folder for a test alone, with the embedded driver where that is unpacked already. @returns its path */
export function cacheWithDriver(path: string): string {
  mkdirSync(path);
  const { folder, unpacked } = embeddedDriverState();
  if (unpacked) {
    const driver = join(path, basename(folder));
    mkdirSync(driver);
    for (const file of readdirSync(folder)) copyFileSync(join(folder, file), join(driver, file));
  }
  return path;
}
