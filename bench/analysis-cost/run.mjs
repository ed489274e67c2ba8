// Builds the benchmark of a whole analysis and runs it.
import { bundleAndRun } from '../bundle-and-run.mjs';

const outfile = new URL('../../node_modules/.cache/memgpu-bench/analysis-cost.mjs', import.meta.url);
await bundleAndRun(new URL('main.ts', import.meta.url), outfile);
