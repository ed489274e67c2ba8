import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from 'vitest/config';
import { launchOptions, whyNoChromium } from './test/browser/chromium.js';

/** Shaders are imported as text, as the build inlines them. */
const wgsl: Plugin = {
  name: 'wgsl',
  enforce: 'pre',
  load(id) {
    const file = id.split('?')[0] ?? id;
    return file.endsWith('.wgsl') ? `export default ${JSON.stringify(readFileSync(file, 'utf8'))}` : undefined;
  },
};

/** Where `scripts/compare-bits.mjs` reads why there is nothing to compare. */
const LEFT_OUT = 'test-results/bits/chromium-left-out.txt';
const withoutChromium = whyNoChromium();
if (withoutChromium === null) rmSync(LEFT_OUT, { force: true });
else {
  process.stderr.write(`The chromium tests are left out: ${withoutChromium}\n`);
  mkdirSync('test-results/bits', { recursive: true });
  writeFileSync(LEFT_OUT, `${withoutChromium}\n`);
}

const inChromium: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'chromium',
    include: ['test/kernels/**/*.test.ts', 'test/{gpu,self-check}/**/*.both.test.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions }),
      instances: [{ browser: 'chromium' }],
    },
  },
};

export default defineConfig({
  plugins: [wgsl],
  test: {
    // One file at a time: two GPU tests on two cores only disturb each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...(withoutChromium === null ? [] : ['test/browser/**']),
            ...(process.env.MEMGPU_LONG ? [] : ['test/long/**']),
          ],
          environment: 'node',
        },
      },
      ...(withoutChromium === null ? [inChromium] : []),
    ],
  },
});
