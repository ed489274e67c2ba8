import { openNodeGpu } from '../../../src/platform/node-gpu.js';
import { openMemgpu } from '../memgpu.js';
import { serve } from './serve.js';

/** As the command opens it: bounds checks of the driver on hardware alone. */
await serve(async (job) => openMemgpu(await openNodeGpu({ robust: 'hardware' }), job));
