import { MemgpuError } from '../errors.js';
import type { Orientation } from './exif.js';
import { quoted } from './names.js';

/** What a picture's file says of itself, known before decoding. */
export interface PictureHeader {
  /** Pixels, as stored (before the orientation is applied). */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

/** Largest picture that is decoded: four bytes per pixel make it 256 MB. A header can claim any size in a few bytes. */
export const MAX_PIXELS = 64_000_000;

/** Largest file that is read for one picture: more than 64 million pixels of 16-bit colour hardly need more. */
export const MAX_FILE_BYTES = 512 * 2 ** 20;

export function badImage(name: string, what: string, hint?: string, cause?: unknown): MemgpuError {
  return new MemgpuError('BAD_IMAGE', `${quoted(name)} ${what}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws BAD_IMAGE where a size is empty or beyond the limit */
export function checkSize(name: string, width: number, height: number): void {
  if (width < 1 || height < 1) throw badImage(name, `claims an empty size, ${width} × ${height} pixels`);
  if (width * height > MAX_PIXELS) {
    throw badImage(
      name,
      `claims ${width} × ${height} pixels, more than the ${MAX_PIXELS / 1e6} million that are decoded`,
      'Scale it down first.',
    );
  }
}
