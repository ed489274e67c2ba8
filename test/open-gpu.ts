import type { Gpu } from '../src/gpu/gpu.js';

/** Opens this host's GPU for a test that runs in Node and in Chromium, with memory accesses bounded. */
export async function openTestGpu(): Promise<Gpu> {
  if ('document' in globalThis) {
    const { openBrowserGpu } = await import('../src/platform/browser-gpu.js');
    return openBrowserGpu();
  }
  const { openNodeGpu } = await import('../src/platform/node-gpu.js');
  return openNodeGpu();
}
