import { type ByteSource, checkRange } from './source.js';

/** A source over bytes in memory, which it does not copy: they must not change while it is in use. */
export function bufferSource(bytes: ArrayBuffer | Uint8Array, name = 'buffer'): ByteSource {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const size = view.byteLength;
  return {
    name,
    size,
    async read(offset, length) {
      checkRange(this, offset, length);
      // Not view.slice: that of a Buffer shares its memory.
      return Uint8Array.prototype.slice.call(view, offset, offset + length);
    },
  };
}
