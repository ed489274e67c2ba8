/** Builds the view of report.html into one script and one style sheet; run as a program, prints their sizes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @returns {Promise<{ script: string, style: string }>} as dist/report-view.js and dist/report-view.css hold them */
export async function buildView() {
  const [script, style] = await Promise.all([
    bundle('src/report/view/main.tsx', { format: 'iife', jsx: 'automatic', jsxImportSource: 'preact' }),
    bundle('src/report/view/report.css', {}),
  ]);
  // Inside an element of these names the text ends at the first such tag.
  if (/<\/script|<!--/i.test(script)) throw new Error('the view holds </script or <!-- and cannot stand inside HTML');
  if (/<\/style/i.test(style)) throw new Error('the style sheet holds </style and cannot stand inside HTML');
  await mkdir(`${ROOT}/dist`, { recursive: true });
  await writeFile(`${ROOT}/dist/report-view.js`, script);
  await writeFile(`${ROOT}/dist/report-view.css`, style);
  return { script, style };
}

async function bundle(entry, options) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
    ...options,
  });
  return outputFiles[0].text.trimEnd();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await buildView())) {
    console.log(`view ${name}: ${text.length} bytes, ${gzipSync(text, { level: 9 }).length} gzipped`);
  }
}
