import { type ByteSource, checkRange } from './source.js';

/** A source over bytes in memory, which it does not copy: they must not change while it is in use. */
export function bufferSource(bytes: ArrayBuffer | Uint8Array, name = 'buffer'): ByteSource {
  // A plain Uint8Array even over a Node Buffer, whose slice() would share memory with the caller.
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  const size = view.byteLength;
  return {
    name,
    size,
    async read(offset, length) {
      checkRange(this, offset, length);
      return view.slice(offset, offset + length);
    },
  };
}
