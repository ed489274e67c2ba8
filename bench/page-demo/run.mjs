// Builds the page and the benchmark of its demo, and runs it.
import { fileURLToPath } from 'node:url';
// biome-ignore lint/correctness/useImportExtensions: this is the file's name; there is no .mts beside it to run
import { buildSite } from '../../scripts/build-site.mjs';
import { bundleAndRun } from '../bundle-and-run.mjs';

const cache = new URL('../../node_modules/.cache/memgpu-bench/', import.meta.url);
await buildSite({ folder: fileURLToPath(new URL('site', cache)) });
await bundleAndRun(new URL('main.ts', import.meta.url), new URL('page-demo.mjs', cache));
