import { sha256 } from '../sha256.js';
import type { Picture } from './image.js';

/** Tells pictures apart by their pixels: 32 hexadecimal digits, equal for the same picture under two names. */
export function pixelsDigest(picture: Picture): string {
  const data =
    'rgba' in picture
      ? picture.rgba
      : new Uint8Array(picture.rgb.buffer, picture.rgb.byteOffset, picture.rgb.byteLength);
  return sha256(data).slice(0, 32);
}
