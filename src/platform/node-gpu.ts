/** Opens a GPU in Node: the system's adapter, or the embedded software one. */
import { isMainThread } from 'node:worker_threads';
import { MemgpuError } from '../errors.js';
import { isSoftware } from '../gpu/facts.js';
import type { Gpu } from '../gpu/gpu.js';
import { openAdapter, openGivenDevice } from '../gpu/open.js';
import { dawnInstance, listAdapters } from './dawn.js';
import { loadEmbeddedDriver } from './embedded-driver.js';
import { waitQuietly } from './quiet-wait.js';
import { whyNoSystemVulkan } from './vulkan-system.js';

export interface NodeGpuOptions {
  /** Which adapter: any ('auto', hardware first), a kind, or a part of an adapter's name in any case. */
  readonly adapter?: 'auto' | 'hardware' | 'software' | (string & {});
  /** A device of the caller's to use; it stays alive when the `Gpu` is disposed of. */
  readonly device?: GPUDevice;
  /**
   * Whether the driver bounds every memory access of a shader. Default true; false is faster and for proven kernels;
   * 'hardware' leaves the bounds out on software adapters alone, where they cost a fifth of the time.
   */
  readonly robust?: boolean | 'hardware';
}

type Driver = 'system' | 'embedded';

/**
 * @throws NO_ADAPTER saying what was tried and what to do
 */
export async function openNodeGpu(options: NodeGpuOptions = {}): Promise<Gpu> {
  const { device, adapter = 'auto', robust = true } = options;
  if (device) return openGivenDevice(device, idleFor(device.adapterInfo));
  const opened = opening.then(() => search(adapter, robust));
  opening = opened.catch(() => {});
  return opened;
}

/** Opening sets environment variables for a moment, so it is done one at a time. */
let opening: Promise<unknown> = Promise.resolve();

async function search(wanted: string, robust: NonNullable<NodeGpuOptions['robust']>): Promise<Gpu> {
  const bounded = ['disable-dawn-features=timestamp_quantization'];
  const unbounded = [...bounded, 'enable-dawn-features=disable_robustness'];
  const onHardware = robust === false ? unbounded : bounded;
  const onSoftware = robust === true ? bounded : unbounded;
  const tried: string[] = [];
  let hint: string | undefined;

  const noSystem = whyNoSystemVulkan();
  if (noSystem !== null) tried.push(`system: ${noSystem}`);
  else {
    let found = await findAdapter('system', wanted, onHardware);
    if (typeof found !== 'string' && onSoftware !== onHardware && isSoftware(found.info)) {
      found = await findAdapter('system', wanted, onSoftware);
    }
    if (typeof found !== 'string') return open(found, 'system');
    tried.push(`system: ${found}`);
  }

  if (wanted === 'hardware') tried.push('embedded: not asked for');
  else {
    try {
      const found = await withEmbeddedDriver(() => findAdapter('embedded', wanted, onSoftware));
      if (typeof found !== 'string') return open(found, 'embedded');
      tried.push(`embedded: ${found}`);
    } catch (error) {
      if (!(error instanceof MemgpuError) || error.code !== 'IO') throw error;
      tried.push(`embedded: ${error.message}`);
      hint = error.hint;
    }
  }
  throw new MemgpuError('NO_ADAPTER', `No GPU adapter for '${wanted}' (${tried.join('; ')})`, {
    hint: hint ?? adviceFor(wanted),
  });
}

/** @returns the adapter, or why there is none */
async function findAdapter(driver: Driver, wanted: string, flags: readonly string[]): Promise<GPUAdapter | string> {
  if (!['auto', 'hardware', 'software'].includes(wanted)) return findByName(driver, wanted, flags);
  const instance = await dawnInstance(driver, flags);
  const adapter = await instance.requestAdapter(
    wanted === 'software' ? { forceFallbackAdapter: true } : { powerPreference: 'high-performance' },
  );
  if (adapter === null) {
    const worker = driver === 'embedded' && !isMainThread;
    return worker
      ? 'no adapter; start the worker thread with { env: SHARE_ENV }'
      : 'the driver gives no usable adapter';
  }
  if (wanted === 'auto' || isSoftware(adapter.info) === (wanted === 'software')) return adapter;
  const { description, device } = adapter.info;
  return `only ${wanted === 'software' ? 'hardware' : 'a software adapter'}: ${description || device}`;
}

async function findByName(driver: Driver, wanted: string, flags: readonly string[]): Promise<GPUAdapter | string> {
  const all = await listAdapters(driver);
  const match = all.find(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  if (match === undefined) {
    return all.length === 0 ? 'the driver gives no usable adapter' : `has ${all.map((a) => `'${a.name}'`).join(', ')}`;
  }
  const instance = await dawnInstance(driver, [...flags, `backend=${match.backend}`, `adapter=${match.name}`]);
  return (await instance.requestAdapter()) ?? `'${match.name}' gives no usable adapter`;
}

/**
 * Runs `action` with the Vulkan loader pointed at the embedded driver alone. The variables are put back: they would
 * hide the GPU from every program that this process starts, browsers among them.
 */
async function withEmbeddedDriver<T>(action: () => Promise<T>): Promise<T> {
  const file = loadEmbeddedDriver();
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
  const before = { VK_DRIVER_FILES, VK_ICD_FILENAMES };
  Object.assign(process.env, { VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file });
  try {
    return await action();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function open(adapter: GPUAdapter, origin: Driver): Promise<Gpu> {
  return openAdapter(adapter, { origin, ...idleFor(adapter.info), onOpen: destroyAtExit });
}

function idleFor(info: GPUAdapterInfo): { idle?: typeof waitQuietly } {
  return isSoftware(info) ? { idle: waitQuietly } : {};
}

function adviceFor(wanted: string): string {
  if (wanted === 'hardware')
    return "Install the GPU's Vulkan driver, or leave --adapter out to use the software adapter.";
  return ['auto', 'software'].includes(wanted)
    ? 'Install a Vulkan driver for this machine (on Debian and Ubuntu: mesa-vulkan-drivers, or the vendor’s).'
    : 'Name one of the adapters listed, or leave --adapter out.';
}

const live = new Set<GPUDevice>();

/** A process that ends with a read-back pending crashes now and then, unless its device is destroyed first. */
function destroyAtExit(device: GPUDevice): () => void {
  if (live.size === 0) process.on('exit', destroyLive);
  live.add(device);
  return () => {
    live.delete(device);
    if (live.size === 0) process.off('exit', destroyLive);
  };
}

function destroyLive(): void {
  for (const device of live) device.destroy();
}
