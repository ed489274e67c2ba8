import type { ChunkFiles } from '../../chunk-file.js';

/** Chunks that last as long as the page: where a browser keeps none, a run goes on after the GPU was lost all the same. */
export function heldFiles(): ChunkFiles {
  const held = new Map<number, Uint8Array>();
  return {
    read: async (number) => held.get(number) ?? null,
    async write(number, bytes) {
      held.set(number, bytes);
    },
    readPart(number, offset, into) {
      into.set(held.get(number)!.subarray(offset, offset + into.byteLength));
    },
  };
}
