import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { loadEmbeddedDriver } from '../../../src/platform/embedded-driver.js';
import { whyNoSystemVulkan } from '../../../src/platform/vulkan-system.js';
import { type Ort, openOrt } from '../ort.js';
import { serve } from './serve.js';

const [, , packages = '', provider = 'cpu'] = process.argv;

// The same adapter as memgpu's.
if (provider === 'webgpu' && whyNoSystemVulkan() !== null) {
  const file = loadEmbeddedDriver();
  Object.assign(process.env, { VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file });
}
const ort: Ort = createRequire(`${packages}/`)('onnxruntime-node');
await serve((job) => openOrt(ort, job, { executionProviders: [provider], intraOpNumThreads: availableParallelism() }));
