import type { AdapterFacts, Gpu } from '../src/gpu/gpu.js';

const inBrowser = 'document' in globalThis;

/** The adapter that this test file has opened last. */
export let openedAdapter: AdapterFacts | undefined;

/** Opens this host's GPU for a test that runs in Node and in Chromium, with memory accesses bounded. */
export async function openTestGpu(): Promise<Gpu> {
  const gpu = await (inBrowser ? openInBrowser() : openInNode());
  openedAdapter = gpu.facts;
  return gpu;
}

async function openInBrowser(): Promise<Gpu> {
  const { openBrowserGpu } = await import('../src/platform/browser-gpu.js');
  return openBrowserGpu();
}

async function openInNode(): Promise<Gpu> {
  const { openNodeGpu } = await import('../src/platform/node-gpu.js');
  return openNodeGpu();
}

/** A plain device of this host, as a caller would bring one; with the largest buffers that the adapter claims. */
export async function openTestDevice(): Promise<GPUDevice> {
  const adapter = await (inBrowser ? navigator.gpu.requestAdapter() : nodeAdapter());
  if (!adapter) throw new Error('no adapter to test with');
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const requiredFeatures = (['timestamp-query'] as const).filter((feature) => adapter.features.has(feature));
  return adapter.requestDevice({
    label: 'test',
    requiredFeatures,
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
}

async function nodeAdapter(): Promise<GPUAdapter | null> {
  const { openNodeGpu } = await import('../src/platform/node-gpu.js');
  const { dawnInstance } = await import('../src/platform/dawn.js');
  const gpu = await openNodeGpu();
  await gpu.dispose();
  const { origin } = gpu.facts;
  const flags = ['disable-dawn-features=timestamp_quantization'];
  return (await dawnInstance(origin === 'embedded' ? 'embedded' : 'system', flags)).requestAdapter();
}
