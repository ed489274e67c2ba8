/** From an adapter, or a device of the caller's, to a `Gpu`. */
import { MemgpuError } from '../errors.js';
import { DeviceGpu, type Idle } from './device.js';
import { type AdapterTraits, describeAdapter } from './facts.js';
import type { AdapterFacts, Gpu } from './gpu.js';

export interface OpenOptions {
  readonly origin: AdapterFacts['origin'];
  /** How to wait; by default a plain await. */
  readonly idle?: Idle;
  /** Told of the device as it is made, and again when it is disposed of. */
  readonly onOpen?: (device: GPUDevice) => () => void;
  /** ms that one submit should not exceed. Default: 250 on hardware, 2000 on software adapters. */
  readonly submitTarget?: number;
}

/** The features that kernels can use; asked for where the adapter has them. */
const FEATURES = ['subgroups', 'timestamp-query'] as const satisfies readonly GPUFeatureName[];

/** A buffer of exactly 1 GiB fails on adapters that claim 1 GiB as their limit; 256 bytes less works. */
const LARGEST_BUFFER = 2 ** 30 - 256;

/** For browsers whose devices do not tell of their adapter yet. */
const NO_INFO: AdapterTraits['info'] = { vendor: '', architecture: '', device: '', description: '' };

/**
 * Makes a device of an adapter with what memgpu uses and no more: every other limit keeps its default, so that what
 * runs here runs on any WebGPU device. The adapter is used up by this.
 * @throws NO_ADAPTER where the adapter gives no device
 */
export async function openAdapter(adapter: GPUAdapter, options: OpenOptions): Promise<Gpu> {
  const { limits } = adapter;
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature));
  const requiredLimits = {
    maxBufferSize: Math.min(limits.maxBufferSize, LARGEST_BUFFER),
    maxStorageBufferBindingSize: Math.min(limits.maxStorageBufferBindingSize, LARGEST_BUFFER),
  };
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ label: 'memgpu', requiredFeatures, requiredLimits });
  } catch (cause) {
    const name = adapter.info.description || adapter.info.vendor;
    throw new MemgpuError('NO_ADAPTER', `Adapter '${name}' gave no device: ${(cause as Error).message}`, {
      hint: 'Try --adapter software, or update the graphics driver.',
      cause,
    });
  }
  return wrap(device, adapter.info, options, false);
}

/**
 * Uses a caller's device, which stays alive when the `Gpu` is disposed of. Any uncaptured error on it, the caller's own
 * too, counts as a failure.
 */
export function openGivenDevice(device: GPUDevice, options: Omit<OpenOptions, 'origin' | 'onOpen'> = {}): Gpu {
  return wrap(device, device.adapterInfo ?? NO_INFO, { ...options, origin: 'given' }, true);
}

function wrap(device: GPUDevice, info: AdapterTraits['info'], options: OpenOptions, given: boolean): Gpu {
  const facts = describeAdapter({ info, features: device.features, limits: device.limits }, options.origin);
  const { idle, submitTarget } = options;
  const onDispose = options.onOpen?.(device);
  return new DeviceGpu(device, {
    facts,
    given,
    ...(idle && { idle }),
    ...(submitTarget !== undefined && { submitTarget }),
    ...(onDispose && { onDispose }),
  });
}
