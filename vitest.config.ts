import { readFileSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type Plugin } from 'vitest/config';
import { chromium } from './test/browser/chromium.mjs';

/** Shaders are imported as text, as the build inlines them. */
const wgsl: Plugin = {
  name: 'wgsl',
  enforce: 'pre',
  load(id) {
    const file = id.split('?')[0] ?? id;
    return file.endsWith('.wgsl') ? `export default ${JSON.stringify(readFileSync(file, 'utf8'))}` : undefined;
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
        test: { name: 'node', include: ['test/**/*.test.ts'], exclude: ['test/browser/**'], environment: 'node' },
      },
      {
        extends: true,
        test: {
          name: 'chromium',
          include: ['test/kernels/**/*.test.ts', 'test/gpu/**/*.both.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { ...chromium(), args: ['--enable-unsafe-webgpu'] } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
