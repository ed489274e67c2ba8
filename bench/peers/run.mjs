// Builds the benchmark against peers and runs it, with the packages that it installs beside itself.
import { bundleAndRun } from '../bundle-and-run.mjs';

await bundleAndRun(new URL('main.ts', import.meta.url), new URL('node_modules/.cache/main.mjs', import.meta.url));
