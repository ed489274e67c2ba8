// Builds dist/: both entries of the package, the command, the report's view, types, and what they need beside them.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
// biome-ignore lint/correctness/useImportExtensions: this is the file's name; there is no .mts beside it to run
import { buildBenchPage } from './build-bench-page.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { browserBuild, DECODERS } from './build-browser.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { buildElement } from './build-element.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { buildSite } from './build-site.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { buildView } from './build-view.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');

const shared = {
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  outdir: 'dist',
  loader: { '.wgsl': 'text' },
  logLevel: 'warning',
};
await build({ ...browserBuild, entryPoints: ['src/index.ts'] });
await build({
  ...shared,
  entryPoints: { 'index.node': 'src/index.node.ts', memgpu: 'src/cli/memgpu.ts' },
  platform: 'node',
  packages: 'external',
  chunkNames: 'node/[name]-[hash]',
});
await buildElement();
await buildBenchPage();
await buildSite({ view: await buildView() });

for (const decoder of DECODERS) copyFileSync(decoder, join('dist', basename(decoder)));
copyFileSync('src/report/report.schema.json', 'dist/report.schema.json');

const require = createRequire(import.meta.url);
const types = spawnSync(
  process.execPath,
  [join(dirname(require.resolve('typescript/package.json')), 'bin/tsc'), '-p', 'tsconfig.types.json'],
  {
    stdio: 'inherit',
  },
);
if (types.status !== 0) process.exit(types.status ?? 1);
