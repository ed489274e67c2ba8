/** Builds <memgpu-report>: one script that needs nothing else, with its style sheet in it. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} [folder] where element.js and its source map are put */
export async function buildElement(folder = `${ROOT}/dist`) {
  const shared = {
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  };
  const style = await build({ ...shared, entryPoints: ['src/web/element/element.css'], write: false });
  await build({
    ...shared,
    entryPoints: ['src/web/element.ts'],
    platform: 'browser',
    format: 'esm',
    sourcemap: true,
    outdir: folder,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: {
      ELEMENT_STYLE: JSON.stringify(style.outputFiles[0].text.trimEnd()),
      // The charts' library asks for it on import; where there is none, this is there all the same.
      window: 'globalThis',
    },
  });
}
