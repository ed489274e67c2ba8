import { readdirSync, readFileSync } from 'node:fs';

/** The golden files of a folder that match, read once, in the order of their names. */
export function goldenBytes(folder: string, matching: RegExp): readonly Uint8Array[] {
  const at = new URL(`../golden/${folder}/`, import.meta.url);
  const names = readdirSync(at).filter((name) => matching.test(name));
  return names.sort().map((name) => new Uint8Array(readFileSync(new URL(name, at))));
}
