/** Opens a GPU in a browser page or worker. */
import { MemgpuError } from '../errors.js';
import { isSoftware } from '../gpu/facts.js';
import type { Gpu } from '../gpu/gpu.js';
import { openAdapter, openGivenDevice } from '../gpu/open.js';

export interface BrowserGpuOptions {
  /** Which kind of adapter; browsers let no page choose one by name. */
  readonly adapter?: 'auto' | 'hardware' | 'software';
  /** A device of the caller's to use; it stays alive when the `Gpu` is disposed of. */
  readonly device?: GPUDevice;
}

/** @throws NO_ADAPTER saying what the browser lacks */
export async function openBrowserGpu(options: BrowserGpuOptions = {}): Promise<Gpu> {
  const { device, adapter: wanted = 'auto' } = options;
  if (device) return openGivenDevice(device);
  const adapter = await (globalThis.navigator?.gpu as GPU | undefined)?.requestAdapter(
    wanted === 'software' ? { forceFallbackAdapter: true } : { powerPreference: 'high-performance' },
  );
  if (!adapter) throw noAdapter();
  if (wanted !== 'auto' && isSoftware(adapter.info) !== (wanted === 'software')) {
    throw new MemgpuError('NO_ADAPTER', `The browser gives no ${wanted} adapter`, {
      hint: "Use adapter 'auto', or turn on hardware acceleration in the browser's settings.",
    });
  }
  return openAdapter(adapter, { origin: 'browser' });
}

function noAdapter(): MemgpuError {
  if (globalThis.isSecureContext === false) {
    return new MemgpuError('NO_ADAPTER', 'WebGPU needs a secure page', {
      hint: 'Open the page over https://, or from http://localhost.',
    });
  }
  const has = globalThis.navigator !== undefined && 'gpu' in globalThis.navigator;
  return new MemgpuError('NO_ADAPTER', has ? 'The browser gives no GPU adapter' : 'This browser has no WebGPU', {
    hint: has
      ? "Turn on hardware acceleration in the browser's settings, or update the graphics driver."
      : 'Use a current version of Chrome, Edge, Firefox or Safari.',
  });
}
