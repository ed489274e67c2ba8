import { setFlagsFromString } from 'node:v8';

/**
 * Garbage of a run is short-lived, so a young generation that grows with it gains nothing and takes tens of megabytes: it
 * stays at its first size.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
