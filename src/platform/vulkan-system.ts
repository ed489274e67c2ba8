/**
 * Whether the system has a Vulkan driver, from the places where the loader looks for one. Asking WebGPU instead makes
 * it print warnings on the user's terminal where there is none.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const LOADER = 'libvulkan.so.1';
const LIBRARY_FOLDERS = ['/usr/lib', '/usr/lib64', '/lib', '/lib64', '/usr/local/lib', '/run/opengl-driver/lib'];

/** @returns why there is no system driver, or null where there may be one */
export function whyNoSystemVulkan(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  if (process.platform !== 'linux') return null;
  if (!loaderExists(env)) return `no Vulkan loader (${LOADER}) is installed`;
  if (!driverExists(env)) return 'the Vulkan loader is installed, but no driver for it (no file in vulkan/icd.d)';
  return null;
}

function loaderExists(env: Readonly<Record<string, string | undefined>>): boolean {
  const folders = [...paths(env.LD_LIBRARY_PATH), ...LIBRARY_FOLDERS];
  if (folders.some((folder) => existsSync(join(folder, LOADER)))) return true;
  try {
    return readFileSync('/etc/ld.so.cache').includes(LOADER);
  } catch {
    return false;
  }
}

/** The search order of the Vulkan loader (LoaderDriverInterface.md, "Driver discovery on Linux"). */
function driverExists(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES || env.VK_ADD_DRIVER_FILES) return true;
  const home = env.HOME || homedir();
  const folders = [
    env.XDG_CONFIG_HOME || join(home, '.config'),
    ...paths(env.XDG_CONFIG_DIRS || '/etc/xdg'),
    '/etc',
    '/usr/local/etc',
    env.XDG_DATA_HOME || join(home, '.local/share'),
    ...paths(env.XDG_DATA_DIRS),
    '/usr/local/share',
    '/usr/share',
    '/run/opengl-driver/share',
  ];
  return folders.some((folder) => holdsManifest(join(folder, 'vulkan/icd.d')));
}

function holdsManifest(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith('.json'));
  } catch {
    return false;
  }
}

function paths(list: string | undefined): string[] {
  return (list ?? '').split(delimiter).filter((path) => path !== '');
}
