import { MemgpuError } from '../errors.js';
import { type Bitmap, bitmapPicture, isBitmap } from './bitmap.js';
import { datasetOf, type IndexedDataset, MAX_IMAGES } from './dataset.js';
import type { Decode } from './decode.js';
import type { Picture } from './image.js';
import { quoted } from './names.js';
import { badImage, checkSize, MAX_FILE_BYTES } from './picture-header.js';
import { checkUnit } from './planes.js';

/**
 * A picture in memory: a file's bytes (PNG, JPEG, WebP), a Blob or File of them, decoded pixels, an ImageData; in a
 * browser also an ImageBitmap or a canvas, whose pixels are read once, when the dataset is opened.
 */
export type PictureInput =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Picture
  | Bitmap
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

export type ImageInput =
  | PictureInput
  | {
      readonly picture: PictureInput;
      /** What seeds the image's views, u32; default: how many came before it. */
      readonly index?: number;
      readonly name?: string;
      readonly label?: number;
    };

interface Held {
  readonly index: number;
  readonly name: string;
  readonly label: number | undefined;
  readonly input: Uint8Array | Blob | Picture;
}

/**
 * A dataset of pictures in memory. Files' bytes and Blobs stay as they are and are decoded when they are asked for;
 * pixels are not copied, so they must not change. An iterable is taken to its end first.
 *
 * @throws BAD_OPTION for what is no picture, a bad label, a bad index or one that comes twice; BAD_IMAGE for pixels
 *   that do not fit their size or lie outside [0, 1]; BAD_DATASET where there is no picture
 */
export async function openImages(
  images: Iterable<ImageInput> | AsyncIterable<ImageInput>,
  options: { readonly name?: string; readonly classes?: readonly string[]; readonly decode: Decode },
): Promise<IndexedDataset> {
  const { name = 'images', decode } = options;
  const held: Held[] = [];
  if (typeof images !== 'object' || !(Symbol.iterator in images || Symbol.asyncIterator in images)) {
    throw new MemgpuError('BAD_OPTION', 'these are no images: neither a list nor an iterable of pictures');
  }
  for await (const image of images) held.push(hold(image, held.length, name));
  const seen = new Set<number>();
  for (const { index, name } of held) {
    if (seen.has(index))
      throw new MemgpuError('BAD_OPTION', `two images have the index ${index}, the second is ${quoted(name)}`);
    seen.add(index);
  }
  return datasetOf({
    name,
    length: held.length,
    classes: options.classes,
    indexOf: (position) => held[position]!.index,
    nameOf: (position) => held[position]!.name,
    labelOf: (position) => held[position]!.label,
    bytes: (position) => storedBytes(held[position]!),
    picture(position, bytes) {
      const { input, name } = held[position]!;
      return input instanceof Uint8Array || input instanceof Blob ? decode(bytes, name) : input;
    },
  });
}

function hold(image: ImageInput, arrival: number, dataset: string): Held {
  const record = isObject(image) && 'picture' in image ? image : { picture: image };
  const { index = arrival, label } = record;
  const input: unknown = record.picture;
  const name = record.name ?? (input instanceof Blob && 'name' in input ? String(input.name) : `${dataset}#${index}`);
  if (!Number.isInteger(index) || index < 0 || index >= MAX_IMAGES) {
    throw new MemgpuError(
      'BAD_OPTION',
      `image ${arrival} of ${quoted(dataset)} has the index ${index}; indices are whole numbers below 2^32`,
    );
  }
  if (label !== undefined && !(Number.isInteger(label) && label >= 0 && label < MAX_IMAGES - 1)) {
    throw new MemgpuError(
      'BAD_OPTION',
      `image ${arrival} of ${quoted(dataset)} has the label ${label}; labels are whole numbers from 0`,
    );
  }
  return { index, name, label, input: pictureOf(input, name, arrival, dataset) };
}

function pictureOf(input: unknown, name: string, arrival: number, dataset: string): Held['input'] {
  if (input instanceof Uint8Array || input instanceof Blob) return input;
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  if (isBitmap(input)) {
    checkSize(name, input.width, input.height);
    return bitmapPicture(input);
  }
  if (isObject(input) && typeof input.width === 'number' && typeof input.height === 'number') {
    const { width, height, rgba, rgb, data } = input as Record<string, unknown> & { width: number; height: number };
    if (!Number.isInteger(width) || !Number.isInteger(height))
      throw badImage(name, `has the size ${width} × ${height}`);
    checkSize(name, width, height);
    const bytes = rgba ?? data;
    if (bytes instanceof Uint8Array || bytes instanceof Uint8ClampedArray) {
      checkCount(name, bytes.length, 4 * width * height);
      return { width, height, rgba: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    }
    if (rgb instanceof Float32Array) {
      checkCount(name, rgb.length, 3 * width * height);
      checkUnit(rgb, name, width * height);
      return { width, height, rgb };
    }
  }
  throw new MemgpuError('BAD_OPTION', `image ${arrival} of ${quoted(dataset)} is no picture`, {
    hint: 'Give the bytes of a PNG, JPEG or WebP file, a Blob, an ImageData, an ImageBitmap, or { width, height, rgba } or { width, height, rgb }.',
  });
}

function checkCount(name: string, found: number, needed: number): void {
  if (found !== needed) throw badImage(name, `has ${found} values where its size needs ${needed}`);
}

async function storedBytes({ input, name }: Held): Promise<Uint8Array> {
  if (input instanceof Uint8Array) return input;
  if (input instanceof Blob) {
    if (input.size > MAX_FILE_BYTES) throw badImage(name, `has ${input.size} bytes, too many for one picture`);
    try {
      return new Uint8Array(await input.arrayBuffer());
    } catch (cause) {
      throw new MemgpuError('IO', `${quoted(name)} cannot be read`, {
        hint: 'The file may have changed since it was chosen.',
        cause,
      });
    }
  }
  const pixels = 'rgba' in input ? input.rgba : input.rgb;
  const size = new Uint8Array(new Uint32Array([input.width, input.height]).buffer);
  const bytes = new Uint8Array(size.length + pixels.byteLength);
  bytes.set(size);
  bytes.set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength), size.length);
  return bytes;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
