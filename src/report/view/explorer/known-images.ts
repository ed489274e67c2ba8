import type { Details } from '../../details.js';
import type { KnownImages } from './place.js';
import { useLoaded } from './use-loaded.js';

/** Undefined while they are read. */
export function useKnownImages(details: Details): KnownImages | undefined {
  return useLoaded(async () => new Map((await details.images()).map((image) => [image.position, image])), [details]);
}
