import { bytes } from '../images/picture-files.js';
import { pick, type Random } from './format.js';

/** Starts and marks of other formats, spliced in to make files that two readers could take. */
const FOREIGN = [
  'PK\x03\x04',
  'PK\x01\x02',
  'PK\x05\x06',
  '\x89PNG\r\n\x1a\n',
  '\xff\xd8\xff\xe0',
  'RIFF\0\0\0\0WEBP',
  '\x80\x02\x8a\x0a',
  '<!doctype html><script>',
  'version https://git-lfs',
  'ustar',
  '\0\0\0\0\0\0\0\0',
  '\xff\xff\xff\xff',
  '\xff\xff\xff\x7f',
  '\0\0\0\x80',
];

/** Text of Latin-1 characters as bytes. */
export const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** `count` of `file`'s bytes from `at` replaced. */
export function splice(file: Uint8Array, at: number, count: number, by: Uint8Array): Uint8Array {
  return bytes(file.subarray(0, at), by, file.subarray(Math.min(file.length, at + count)));
}

/** A position: in half of the cases among the first bytes, where the structure is. */
function place(file: Uint8Array, next: Random): number {
  return next() % Math.max(1, next() % 2 === 0 ? file.length : Math.min(file.length, 200));
}

/**
 * One change, or in a quarter of the cases up to four, of a kind that knows nothing of the format: a flipped bit, a byte,
 * slices swapped, doubled, deleted or put elsewhere, a cut, a piece of the format or of another one.
 *
 * @param pieces of the format, as Latin-1
 */
export function changed(file: Uint8Array, next: Random, pieces: readonly string[] = []): Uint8Array {
  let out: Uint8Array = file.slice();
  for (let changes = next() % 4 === 0 ? 1 + (next() % 4) : 1; changes > 0 && out.length > 0; changes--) {
    out = change(out, next, pieces);
  }
  return out;
}

function change(out: Uint8Array, next: Random, pieces: readonly string[]): Uint8Array {
  const at = place(out, next);
  const length = 1 + (next() % (next() % 4 === 0 ? 200 : 8));
  const slice = out.slice(at, at + length);
  switch (next() % 10) {
    case 0:
    case 1:
      out[at]! ^= 1 << (next() % 8);
      return out;
    case 2:
      out[at] = next();
      return out;
    case 3: {
      const to = place(out, next);
      out.copyWithin(at, to, to + slice.length);
      out.set(slice.subarray(0, out.length - to), to);
      return out;
    }
    case 4:
      return splice(out, at, 0, slice);
    case 5:
      return splice(out, at, length, new Uint8Array(0));
    case 6:
      return splice(out, place(out, next), 0, slice);
    case 7:
      return next() % 2 === 0 ? out.slice(0, at) : out;
    default: {
      const piece = latin(pick(pieces.length > 0 && next() % 4 > 0 ? pieces : FOREIGN, next));
      return splice(out, at, next() % 2 === 0 ? piece.length : 0, piece);
    }
  }
}
