// Builds the benchmark against peers and runs it.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
process.chdir(join(here, '../..'));
const outfile = join(here, 'node_modules/.cache/main.mjs');
await build({
  entryPoints: [join(here, 'main.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'node',
  packages: 'external',
  loader: { '.wgsl': 'text' },
  // Where the sources lie: at the depth of src/platform and test/browser, which look for packages from there.
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(here, 'main.ts')).href) },
  logLevel: 'warning',
});
await import(pathToFileURL(outfile).href);
