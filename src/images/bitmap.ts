import type { Picture } from './image.js';

/** What a browser holds as pixels that a canvas can draw. */
export type Bitmap = ImageBitmap | OffscreenCanvas | HTMLCanvasElement;

export function isBitmap(input: unknown): input is Bitmap {
  // By their names: where there is no browser none of these exists.
  return (['ImageBitmap', 'OffscreenCanvas', 'HTMLCanvasElement'] as const).some((name) => {
    const type = globalThis[name];
    return type !== undefined && input instanceof type;
  });
}

/**
 * The pixels of a bitmap, read back through a canvas in sRGB. A canvas holds colours multiplied by alpha: where alpha is
 * not 255 they come back rounded, and black where it is 0. Files' own bytes are decoded exactly.
 */
export function bitmapPicture(bitmap: Bitmap): Picture {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
    colorSpace: 'srgb',
  })!;
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, rgba: new Uint8Array(data.buffer) };
}
