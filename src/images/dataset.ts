import { MemgpuError } from '../errors.js';
import { Sha256 } from '../sha256.js';
import { crc32 } from './crc32.js';
import type { Dataset, Picture } from './image.js';
import { quoted } from './names.js';

/** What every dataset here offers beyond the contract: what selecting, splitting and comparing need. */
export interface IndexedDataset extends Dataset, AsyncDisposable {
  /** Name of the image at a position, without decoding: relative path, or `source#index`. */
  nameOf(position: number): string;
  /** The image as it is stored (file, record or pixels): what `digest` covers. @throws IO */
  bytes(position: number): Promise<Uint8Array>;
  /** Label and picture of an image whose stored bytes are at hand. */
  labelOf(position: number, bytes: Uint8Array): number | undefined;
  picture(position: number, bytes: Uint8Array): Picture | Promise<Picture>;
}

export interface DatasetParts {
  readonly name: string;
  readonly length: number;
  readonly classes?: readonly string[] | undefined;
  /** Default: the position. */
  indexOf?(position: number): number;
  nameOf(position: number): string;
  bytes(position: number): Promise<Uint8Array>;
  labelOf(position: number, bytes: Uint8Array): number | undefined;
  picture(position: number, bytes: Uint8Array): Picture | Promise<Picture>;
  close?(): Promise<void>;
}

/** Image indices are the first word of the random numbers' counter. */
export const MAX_IMAGES = 2 ** 32;

const NO_LABEL = 0xffffffff;

/**
 * A dataset from its parts. Its digest covers, image after image, three u32 words (little endian: image index, label
 * or 2³²−1, length in bytes) and the stored bytes: equal digests mean equal images with equal views. Once it is made,
 * `load` throws IO for an image whose bytes are not those that it covers.
 *
 * @throws BAD_DATASET where it has no image, or more than 2³²
 */
export function datasetOf(parts: DatasetParts): IndexedDataset {
  const { name, length } = parts;
  if (length === 0) throw new MemgpuError('BAD_DATASET', `${quoted(name)} has no images`);
  if (length > MAX_IMAGES) throw new MemgpuError('BAD_DATASET', `${quoted(name)} has more than 2^32 images`);
  const at = (position: number) => {
    if (Number.isInteger(position) && position >= 0 && position < length) return position;
    throw new MemgpuError('BAD_OPTION', `${quoted(name)} has no position ${position}: it has ${length} images`);
  };
  const indexOf = (position: number) => parts.indexOf?.(at(position)) ?? at(position);
  /** Of each image's bytes, once the digest is made. */
  let sums: Uint32Array | undefined;
  return {
    name,
    length,
    classes: parts.classes,
    indexOf,
    nameOf: (position) => parts.nameOf(at(position)),
    bytes: async (position) => parts.bytes(at(position)),
    labelOf: (position, bytes) => parts.labelOf(at(position), bytes),
    picture: (position, bytes) => parts.picture(at(position), bytes),
    async load(position) {
      const bytes = await parts.bytes(at(position));
      if (sums && sums[position] !== crc32(bytes)) throw changed(name, parts.nameOf(position));
      const label = parts.labelOf(position, bytes);
      const picture = await parts.picture(position, bytes);
      return { index: indexOf(position), name: parts.nameOf(position), label, picture };
    },
    async digest() {
      const hash = new Sha256();
      const words = new DataView(new ArrayBuffer(12));
      const found = new Uint32Array(length);
      for (let position = 0; position < length; position++) {
        const bytes = await parts.bytes(position);
        words.setUint32(0, indexOf(position), true);
        words.setUint32(4, parts.labelOf(position, bytes) ?? NO_LABEL, true);
        words.setUint32(8, bytes.length, true);
        hash.update(new Uint8Array(words.buffer)).update(bytes);
        found[position] = crc32(bytes);
      }
      sums = found;
      return hash.hex();
    },
    ...(parts.close ? { close: () => parts.close!() } : {}),
    [Symbol.asyncDispose]: async () => parts.close?.(),
  };
}

function changed(dataset: string, image: string): MemgpuError {
  return new MemgpuError('IO', `${quoted(dataset)}: ${quoted(image)} has changed since the images were first read`, {
    hint: 'Leave images alone while they are measured. Put this one back and go on with what is finished, or start again.',
  });
}
