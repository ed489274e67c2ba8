/** Builds the page that analyses encoders in a browser: dist/site, static files that any host can carry. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
// biome-ignore lint/correctness/useImportExtensions: this is the file's name; there is no .mts beside it to run
import { DECODERS } from './build-browser.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { buildView } from './build-view.mjs';
// biome-ignore lint/correctness/useImportExtensions: as above
import { strippedWgsl } from './wgsl.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {object} [options]
 * @param {string} [options.folder] where the site is put; what was there goes
 * @param {{ script: string, style: string }} [options.view] as `buildView` made it; made anew where it is left out
 */
export async function buildSite({ folder = join(ROOT, 'dist/site'), view } = {}) {
  const shared = {
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    plugins: [strippedWgsl],
    legalComments: 'none',
    logLevel: 'warning',
    outdir: folder,
  };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    ...shared,
    entryPoints: { page: 'src/web/main.tsx', engine: 'src/web/engine/worker.ts' },
    splitting: true,
    metafile: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  await build({ ...shared, entryPoints: { page: 'src/web/page.css' } });
  const { script, style } = view ?? (await buildView());
  const files = new Map([
    ...Object.keys(metafile.outputs).map((path) => [basename(path), readFileSync(join(ROOT, path))]),
    ['page.css', readFileSync(join(folder, 'page.css'))],
    ['index.html', readFileSync(join(ROOT, 'src/web/index.html'))],
    ['icon.svg', readFileSync(join(ROOT, 'src/web/icon.svg'))],
    ['report-view.js', script],
    ['report-view.css', style],
    ...DECODERS.map((path) => [basename(path), readFileSync(path)]),
  ]);
  for (const [name, content] of files) writeFileSync(join(folder, name), content);

  const digest = createHash('sha256');
  for (const [name, content] of files) digest.update(name).update('\0').update(content).update('\0');
  await build({
    ...shared,
    format: 'iife',
    entryPoints: { 'service-worker': 'src/web/service-worker.ts' },
    define: {
      SITE_VERSION: JSON.stringify(digest.digest('hex').slice(0, 16)),
      // The page's own address stands for index.html.
      SITE_FILES: JSON.stringify(['./', ...files.keys()].filter((name) => name !== 'index.html')),
    },
  });
}
