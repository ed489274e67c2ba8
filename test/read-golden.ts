/**
 * A file of `test/golden/`, in Node and in Chromium alike: from disk where this module lies on disk, else from the
 * server that delivered it.
 */
export async function readGolden(path: string): Promise<Uint8Array> {
  const url = new URL(`./golden/${path}`, import.meta.url);
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
