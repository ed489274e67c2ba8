/**
 * A file of `test/golden/`, in Node and in Chromium alike: from disk where this module lies on disk, else from the
 * server that delivered it.
 */
export async function readGolden(path: string): Promise<Uint8Array> {
  // By a name of its own: Vite would take a template beside `import.meta.url` for an asset of the bundle.
  const here = import.meta.url;
  const url = new URL(`golden/${path}`, here);
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
