/**
 * EXIF orientation (tag 0x0112 of the first directory, CIPA DC-008 §4.6.4): how the stored picture must be turned to
 * stand upright. One rule for all formats, as Pillow's `exif_transpose`.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION = 0x0112;
const SHORT = 3;
const LONG = 4;

/** Orientation from an EXIF block that starts at its TIFF header; 1 (as stored) where it has none or is damaged. */
export function exifOrientation(exif: Uint8Array): Orientation {
  if (exif.length < 8) return 1;
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > exif.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > exif.length) return 1;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const type = view.getUint16(entry + 2, little);
    const value = type === SHORT ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little);
    return (type === SHORT || type === LONG) && value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

export interface Rgba {
  readonly width: number;
  readonly height: number;
  /** Four bytes per pixel, row by row. */
  readonly rgba: Uint8Array;
}

/** The picture turned and mirrored so that it stands upright. */
export function applyOrientation(picture: Rgba, orientation: Orientation): Rgba {
  if (orientation === 1) return picture;
  const { width, height } = picture;
  const last = width * height - 1;
  const lastRow = width * (height - 1);
  const lastColumn = width - 1;
  // Source position of the upright picture's top left pixel, and the steps in the source for one pixel right and down.
  const [start, right, down] = {
    2: [lastColumn, -1, width],
    3: [last, -1, -width],
    4: [lastRow, 1, -width],
    5: [0, width, 1],
    6: [lastRow, -width, 1],
    7: [last, -width, -1],
    8: [lastColumn, width, -1],
  }[orientation] as [number, number, number];
  const [outWidth, outHeight] = orientation >= 5 ? [height, width] : [width, height];
  const source = new Uint32Array(picture.rgba.slice().buffer);
  const target = new Uint32Array(source.length);
  for (let y = 0, to = 0; y < outHeight; y++) {
    for (let x = 0, from = start + y * down; x < outWidth; x++, from += right) target[to++] = source[from]!;
  }
  return { width: outWidth, height: outHeight, rgba: new Uint8Array(target.buffer) };
}
