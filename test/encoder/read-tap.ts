import type { Tap } from '../../src/encoder/forward.js';
import { fromHalves } from '../../src/half.js';

/** The values of a tap without the padding channels: [views, height, width, channels]. */
export function unpadTap({ shape, storage }: Tap, bytes: ArrayBuffer, views: number): Float32Array {
  const stored = Math.ceil(shape.channels / 4) * 4;
  const padded = storage === 'f16' ? fromHalves(new Uint16Array(bytes)) : new Float32Array(bytes);
  const pixels = views * shape.height * shape.width;
  const values = new Float32Array(pixels * shape.channels);
  for (let p = 0; p < pixels; p++) {
    values.set(padded.subarray(p * stored, p * stored + shape.channels), p * shape.channels);
  }
  return values;
}
