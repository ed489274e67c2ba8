import type { AdapterFacts } from '../gpu/gpu.js';

/**
 * Adapters that want the same tiles:
 * - `discrete`: GPUs with registers for 64 sums a thread;
 * - `integrated`: GPUs where so many spill: integrated and mobile ones, and what tells us nothing we know;
 * - `cpu`: CPU drivers that run four invocations at once, or tell no size of subgroups (SwiftShader);
 * - `cpu-bounded`: the same in a browser, where every memory access is tested against bounds, so loads cost half as much
 *   again;
 * - `cpu-wide`: CPU drivers that run eight invocations and more at once (lavapipe).
 */
export const ADAPTER_CLASSES = ['discrete', 'integrated', 'cpu', 'cpu-bounded', 'cpu-wide'] as const;
export type AdapterClass = (typeof ADAPTER_CLASSES)[number];

/**
 * Hardware by what it tells of itself: the first row that matches. Browsers tell vendor and architecture, and of AMD and
 * Apple these do not say how large a GPU is; Node tells the device's name.
 */
const HARDWARE: readonly { readonly vendor: RegExp; readonly device?: RegExp; readonly is: AdapterClass }[] = [
  { vendor: /nvidia/, device: /tegra|orin|xavier/, is: 'integrated' },
  { vendor: /nvidia/, is: 'discrete' },
  { vendor: /amd/, is: 'discrete' },
  { vendor: /apple/, device: /\bm\d/, is: 'discrete' },
  { vendor: /apple|intel|arm|qualcomm|img|samsung|broadcom/, is: 'integrated' },
];
const OTHER_HARDWARE: AdapterClass = 'integrated';

const WIDE_SUBGROUP = 8;

/** Quads of a workgroup: as many as the driver runs at once, so that no lane is empty (docs/decisions/lavapipe.md). */
export function quadsOf(adapter: AdapterClass): number {
  return adapter === 'cpu-wide' ? WIDE_SUBGROUP / 4 : 1;
}

/** A function of what the adapter is. */
export function adapterClass({ kind, origin, vendor, device, subgroups }: AdapterFacts): AdapterClass {
  if (kind === 'software') {
    if ((subgroups?.min ?? 0) >= WIDE_SUBGROUP) return 'cpu-wide';
    return origin === 'browser' ? 'cpu-bounded' : 'cpu';
  }
  const told = HARDWARE.find(
    (row) => row.vendor.test(vendor.toLowerCase()) && (row.device?.test(device.toLowerCase()) ?? true),
  );
  return told?.is ?? OTHER_HARDWARE;
}
