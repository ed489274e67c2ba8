/** What `memgpu doctor` says where the embedded driver does the work: a faster CPU driver can be installed. */
import type { AdapterFacts } from '../gpu/gpu.js';

/** A way to compute faster without a GPU. */
export interface DriverAdvice {
  readonly gain: string;
  /** What installs it, a line each; empty where we know no command for this system. */
  readonly commands: readonly string[];
}

/** ID, VERSION_ID and VERSION_CODENAME of /etc/os-release. */
export interface Distribution {
  readonly id: string;
  readonly version: string;
  readonly codename: string;
}

/** As measured (docs/decisions/lavapipe.md). */
const GAIN = 'lavapipe, the CPU driver of Mesa 25, computes 2.5 to 3 times as fast as the embedded one';

const INSTALL = ['sudo apt update', 'sudo apt install mesa-vulkan-drivers'];
/** The first with Mesa 25. Debian 12 has it among its backports; its own, 22.3, is refused by WebGPU. */
const UBUNTU = 24.04;
const DEBIAN = 13;

/**
 * @param systemAdapters how many adapters the system's drivers offer
 * @returns null where there are any, where another driver is in use than the embedded one, and off Linux
 */
export function driverAdvice(
  adapter: Pick<AdapterFacts, 'origin'> | null,
  systemAdapters: number,
  platform: string,
  distribution: Distribution | null,
): DriverAdvice | null {
  if (platform !== 'linux' || systemAdapters > 0) return null;
  if (adapter !== null && adapter.origin !== 'embedded') return null;
  return { gain: GAIN, commands: distribution ? commandsFor(distribution) : [] };
}

function commandsFor({ id, version, codename }: Distribution): string[] {
  if (id === 'ubuntu') return Number(version) >= UBUNTU ? INSTALL : [];
  if (id !== 'debian') return [];
  // Testing and unstable tell no version.
  if (version === '' || Number(version) >= DEBIAN) return INSTALL;
  if (Number(version) < DEBIAN - 1) return [];
  const suite = `${codename}-backports`;
  return [
    `echo 'deb http://deb.debian.org/debian ${suite} main' | sudo tee /etc/apt/sources.list.d/${suite}.list`,
    'sudo apt update',
    `sudo apt install -t ${suite} mesa-vulkan-drivers`,
  ];
}

/** Reads an os-release file (freedesktop.org, os-release(5)). */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map(
    [...text.matchAll(/^([A-Z_]+)=(["']?)(.*)\2$/gm)].map(([, name = '', , value = '']) => [name, value]),
  );
  const field = (name: string) => fields.get(name) ?? '';
  return { id: field('ID'), version: field('VERSION_ID'), codename: field('VERSION_CODENAME') };
}
