import { MemgpuError } from '../errors.js';
import { type Storage, toHalves } from '../half.js';

/**
 * Of a kernel's shape: how what it reads and writes is stored, a group of four channels in 16 bytes or as halves in 8. Default
 * f32. Its arithmetic is f32 in either case.
 */
export interface Stored {
  readonly storage?: Storage | undefined;
}

/** The constants of shaders/lib/stored.wgsl. */
export function storedConstants({ storage }: Stored): { readonly half: boolean } {
  return { half: storage === 'f16' };
}

const LARGEST_HALF = 65_504;

/**
 * Packed weights as they are stored: as they are, or two halves a word, each the nearest, ties to even. What is below 2⁻²⁵
 * becomes 0.
 * @param name of the tensor that they come from
 * @throws BAD_OPTION where a weight is beyond the largest half
 */
export function packStored(weights: Float32Array, storage: Storage, name: string): Float32Array | Uint32Array {
  if (storage === 'f32') return weights;
  // From here on a value is nearer to the next power of two, which no half holds.
  const beyond = weights.find((weight) => Math.abs(weight) >= LARGEST_HALF + 16);
  if (beyond !== undefined)
    throw new MemgpuError('BAD_OPTION', `${name} holds ${beyond}; the largest half is ${LARGEST_HALF}`, {
      hint: 'Run this encoder with precision f32.',
    });
  return new Uint32Array(toHalves(weights).buffer);
}
