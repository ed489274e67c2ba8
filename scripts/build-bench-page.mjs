/** Builds the page that measures the kernels in a browser: dist/bench-page. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export async function buildBenchPage() {
  mkdirSync(`${ROOT}/dist/bench-page`, { recursive: true });
  const shared = { absWorkingDir: ROOT, outdir: 'dist/bench-page', bundle: true, logLevel: 'warning' };
  await build({ ...shared, entryPoints: { page: 'bench/page/page.css' } });
  await build({
    ...shared,
    entryPoints: { page: 'bench/page/main.tsx' },
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.wgsl': 'text' },
    legalComments: 'none',
  });
  copyFileSync(`${ROOT}/bench/page/index.html`, `${ROOT}/dist/bench-page/index.html`);
}
