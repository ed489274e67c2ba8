import type { AdapterFacts } from '../gpu/gpu.js';

/**
 * Adapters that want the same tiles:
 * - `discrete`: GPUs with registers for 64 sums a thread;
 * - `integrated`: GPUs where so many spill: integrated, mobile, and what nobody told us of;
 * - `cpu`: CPU drivers that run an invocation as one of four lanes, or tell no size of subgroups (SwiftShader);
 * - `cpu-wide`: CPU drivers of eight lanes and more (lavapipe).
 */
export const ADAPTER_CLASSES = ['discrete', 'integrated', 'cpu', 'cpu-wide'] as const;
export type AdapterClass = (typeof ADAPTER_CLASSES)[number];

/**
 * Hardware by what it tells of itself: the first row that matches. Browsers tell vendor and architecture alone, and
 * neither says whether a GPU of AMD or Apple is a large one; Node tells the device's name.
 */
const HARDWARE: readonly { readonly vendor: RegExp; readonly device?: RegExp; readonly is: AdapterClass }[] = [
  { vendor: /nvidia/, device: /tegra|orin|xavier/, is: 'integrated' },
  { vendor: /nvidia/, is: 'discrete' },
  { vendor: /amd/, is: 'discrete' },
  { vendor: /apple/, device: /\bm\d/, is: 'discrete' },
];
const OTHER_HARDWARE: AdapterClass = 'integrated';

const WIDE_SUBGROUP = 8;

/** A function of what the adapter is. */
export function adapterClass({ kind, vendor, device, subgroups }: AdapterFacts): AdapterClass {
  if (kind === 'software') return (subgroups?.min ?? 0) >= WIDE_SUBGROUP ? 'cpu-wide' : 'cpu';
  const told = HARDWARE.find(
    (row) => row.vendor.test(vendor.toLowerCase()) && (row.device?.test(device.toLowerCase()) ?? true),
  );
  return told?.is ?? OTHER_HARDWARE;
}
