/** The WebGPU binding of Node (Dawn): its instances, kept for the life of the process, and their adapters. */
import { MemgpuError } from '../errors.js';

/**
 * The instances by their flags. They hang on `globalThis` because Dawn's polling uses an instance after nothing in
 * JavaScript refers to it: one that is collected crashes the process at exit, or makes it hang.
 */
const INSTANCES = Symbol.for('memgpu.dawn.instances');
type Instances = Map<string, GPU>;

/**
 * The instance for these flags. One that found no adapter never finds one later, so each `driver` has its own.
 * @throws NO_ADAPTER where the binding does not load on this system
 */
export async function dawnInstance(driver: 'system' | 'embedded', flags: readonly string[]): Promise<GPU> {
  const holder = globalThis as { [INSTANCES]?: Instances };
  holder[INSTANCES] ??= new Map();
  const instances = holder[INSTANCES];
  const key = [driver, ...flags].join('\n');
  let instance = instances.get(key);
  if (instance === undefined) {
    const { create } = await loadBinding();
    instance = create([...flags]);
    instances.set(key, instance);
  }
  return instance;
}

async function loadBinding(): Promise<typeof import('webgpu')> {
  try {
    return await import('webgpu');
  } catch (cause) {
    throw new MemgpuError('NO_ADAPTER', `The WebGPU binding for Node does not load: ${(cause as Error).message}`, {
      hint: 'The package webgpu needs Linux with glibc 2.34 or newer, macOS, or Windows, on x64 or arm64 (Windows, too).',
      cause,
    });
  }
}

export interface NamedAdapter {
  readonly backend: string;
  readonly name: string;
}

/** All adapters that the driver offers. Dawn lists them only in its complaint about a name that matches none. */
export async function listAdapters(driver: 'system' | 'embedded'): Promise<NamedAdapter[]> {
  const instance = await dawnInstance(driver, ['adapter=\n']);
  try {
    await instance.requestAdapter();
    return [];
  } catch (error) {
    const lines = (error as Error).message.matchAll(/backend: '([^']*)', name: '(.*)'$/gm);
    return [...lines].map(([, backend = '', name = '']) => ({ backend, name }));
  }
}
