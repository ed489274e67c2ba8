import { setFlagsFromString } from 'node:v8';

/**
 * Garbage of a run is short-lived, so letting the heap grow with it gains nothing and takes tens of megabytes: the young
 * generation stays at its first size, and the old one is collected whenever it has grown by a tenth.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=10');
}
