import { MemgpuError } from '../errors.js';
import { type ByteSource, checkRange } from './source.js';

/** A source over a Blob or a File; each read takes one slice, so a file of any size is never loaded whole. */
export function blobSource(blob: Blob, name = fileName(blob)): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(this, offset, length);
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        throw new MemgpuError('IO', `${name}: ${length} bytes at ${offset} could not be read`, {
          hint: 'The file may have been changed or moved since it was chosen; choose it again.',
          cause,
        });
      }
      if (bytes.byteLength !== length) {
        throw new MemgpuError('IO', `${name}: only ${bytes.byteLength} of ${length} bytes at ${offset} were there`);
      }
      return bytes;
    },
  };
}

function fileName(blob: Blob): string {
  return 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? blob.name : 'blob';
}
