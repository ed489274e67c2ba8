import { fromHalves, type Storage, toHalves } from '../half.js';

/** Numbers in [−1, 1), the same in every engine, each of which `storage` holds exactly. */
export function signed(length: number, seed: number, storage: Storage = 'f32'): Float32Array {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const numbers = Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
  return storage === 'f16' ? halves(numbers) : numbers;
}

/** The halves nearest to these numbers. */
export function halves(numbers: Float32Array): Float32Array {
  return fromHalves(toHalves(numbers));
}

/** The same in [0, 1). */
export function fractions(length: number, seed: number): Float32Array {
  return signed(length, seed).map((value) => (value + 1) / 2);
}
