import { pcg4d } from '../../src/metrics/hash.js';

/** n uniform numbers in (0, 1), the same for the same stream. */
export function uniforms(n: number, stream: number): number[] {
  const out = new Uint32Array(4);
  return Array.from({ length: n }, (_, i) => {
    pcg4d(i, stream, 77, 99, out);
    return (out[0]! + 0.5) / 4294967296;
  });
}

/** n standard normal numbers (Box and Muller). */
export function normals(n: number, stream: number): number[] {
  const angles = uniforms(n, stream + 1000);
  return uniforms(n, stream).map((u, i) => Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * angles[i]!));
}

/** n numbers of the exponential distribution of mean 1. */
export function exponentials(n: number, stream: number): number[] {
  return uniforms(n, stream).map((u) => -Math.log(u));
}
