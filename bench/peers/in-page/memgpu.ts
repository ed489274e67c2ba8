import { openBrowserGpu } from '../../../src/platform/browser-gpu.js';
import { openMemgpu } from '../memgpu.js';
import { serve } from './serve.js';

serve(async (job) => openMemgpu(await openBrowserGpu(), job));
