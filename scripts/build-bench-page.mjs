/** Builds the page that measures the kernels in a browser: dist/bench-page. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export async function buildBenchPage() {
  mkdirSync(`${ROOT}/dist/bench-page`, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: { page: 'bench/page/main.tsx' },
    outdir: 'dist/bench-page',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.wgsl': 'text' },
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'page.css'])
    copyFileSync(`${ROOT}/bench/page/${file}`, `${ROOT}/dist/bench-page/${file}`);
}
