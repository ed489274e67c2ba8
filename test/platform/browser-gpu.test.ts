import { afterEach, describe, expect, test, vi } from 'vitest';
import { openBrowserGpu } from '../../src/platform/browser-gpu.js';

afterEach(() => vi.unstubAllGlobals());

const adapter = (architecture: string) => ({
  info: { vendor: 'v', architecture, device: '', description: '' },
  features: new Set<string>(),
  limits: { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 },
  requestDevice: vi.fn(async () => {
    throw new Error('no device today');
  }),
});

function browserWith(found: unknown) {
  const requestAdapter = vi.fn(async () => found);
  vi.stubGlobal('navigator', { gpu: { requestAdapter } });
  return requestAdapter;
}

describe('without an adapter it says what the browser lacks', () => {
  test('a secure page', async () => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('isSecureContext', false);
    await expect(openBrowserGpu()).rejects.toMatchObject({
      code: 'NO_ADAPTER',
      message: 'WebGPU needs a secure page',
      hint: expect.stringContaining('https://'),
    });
  });

  test('WebGPU', async () => {
    vi.stubGlobal('navigator', {});
    await expect(openBrowserGpu()).rejects.toMatchObject({ code: 'NO_ADAPTER', message: 'This browser has no WebGPU' });
  });

  test('a GPU', async () => {
    browserWith(null);
    await expect(openBrowserGpu()).rejects.toMatchObject({ message: 'The browser gives no GPU adapter' });
  });

  test('one of the kind that was asked for', async () => {
    browserWith(adapter('swiftshader'));
    await expect(openBrowserGpu({ adapter: 'hardware' })).rejects.toMatchObject({
      code: 'NO_ADAPTER',
      message: 'The browser gives no hardware adapter',
    });
  });
});

test('software is asked for as the fallback adapter', async () => {
  const requestAdapter = browserWith(null);
  await expect(openBrowserGpu({ adapter: 'software' })).rejects.toThrow();
  expect(requestAdapter).toHaveBeenCalledWith({ forceFallbackAdapter: true });
});

test('a device is asked for with the features that there are and buffers below 1 GiB', async () => {
  const found = adapter('gen-12');
  found.features.add('subgroups').add('shader-f16');
  browserWith(found);
  await expect(openBrowserGpu()).rejects.toMatchObject({
    code: 'NO_ADAPTER',
    message: expect.stringContaining('no device today'),
  });
  expect(found.requestDevice).toHaveBeenCalledWith({
    label: 'memgpu',
    requiredFeatures: ['subgroups'],
    requiredLimits: { maxBufferSize: 2 ** 30 - 256, maxStorageBufferBindingSize: 2 ** 30 - 256 },
  });
});
