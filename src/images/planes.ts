import { badImage } from './picture-header.js';

/** Pixels of three planes (red, green, blue; row by row) as four bytes per pixel, the fourth 255. */
export function interleave(planes: Uint8Array): Uint8Array {
  const pixels = planes.length / 3;
  const rgba = new Uint8Array(4 * pixels);
  for (let i = 0; i < pixels; i++) {
    rgba[4 * i] = planes[i]!;
    rgba[4 * i + 1] = planes[pixels + i]!;
    rgba[4 * i + 2] = planes[2 * pixels + i]!;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/** @throws BAD_IMAGE naming the first value that is not in [0, 1] */
export function checkUnit(rgb: Float32Array, name: string, plane: number): void {
  for (let i = 0; i < rgb.length; i++) {
    const value = rgb[i]!;
    if (value >= 0 && value <= 1) continue;
    throw badImage(
      name,
      `has the value ${value} (channel ${Math.floor(i / plane)}, pixel ${i % plane}); values are in [0, 1]`,
      'Give the images before normalisation, as F32 in [0, 1] or U8.',
    );
  }
}
