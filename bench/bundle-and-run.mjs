import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Builds a program of the benchmark and runs it in the root of the repository.
 * @param {URL} entry two folders deep, as src/platform and test/browser are, which look for packages from there
 * @param {URL} outfile where packages that the program imports are found from
 */
export async function bundleAndRun(entry, outfile) {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: fileURLToPath(outfile),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    packages: 'external',
    loader: { '.wgsl': 'text' },
    define: { 'import.meta.url': JSON.stringify(entry.href) },
    logLevel: 'warning',
  });
  await import(outfile.href);
}
