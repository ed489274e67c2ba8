import { MemgpuError } from '../errors.js';
import { datasetOf, type IndexedDataset } from './dataset.js';
import type { Picture } from './image.js';
import { quoted } from './names.js';
import { checkSize } from './picture-header.js';
import { checkUnit, interleave } from './planes.js';

/** What is needed of a file of named tensors. */
export interface TensorFile {
  readonly name: string;
  readonly tensors: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>;
  /** The stored bytes of `count` rows of the first axis from row `first`, little endian. */
  readBytes(name: string, first: number, count: number): Promise<Uint8Array>;
  /** The values of these rows as numbers. */
  readRows(name: string, first: number, count: number): Promise<ArrayLike<number>>;
  close?(): Promise<void>;
}

const LABEL_TYPES = /^[IU](?:8|16|32|64)$/;

/**
 * Images from a tensor file: `images` [n, 3, H, W], U8 (0 … 255) or F32 (in [0, 1]), and optional integer `labels`
 * [n]. The labels are read at once, each image when it is asked for.
 *
 * @throws BAD_DATASET naming the tensor that is missing or has another type or shape; on loading BAD_IMAGE naming an
 *   image with values outside [0, 1] or non-finite ones; IO
 */
export async function openTensorImages(file: TensorFile): Promise<IndexedDataset> {
  const { name } = file;
  const bad = (what: string, hint?: string) =>
    new MemgpuError('BAD_DATASET', `${quoted(name)}: ${what}`, hint === undefined ? {} : { hint });
  const images = file.tensors.get('images');
  if (!images) {
    const others = [...file.tensors.keys()].slice(0, 8).map(quoted).join(', ') || 'none';
    throw bad(`has no tensor "images"; its tensors are ${others}`, 'A dataset of tensors holds "images" [n, 3, H, W].');
  }
  const { dtype, shape } = images;
  const [n, channels, height, width] = shape as [number, number, number, number];
  if (shape.length !== 4 || channels !== 3) throw bad(`"images" has the shape [${shape.join(', ')}], not [n, 3, H, W]`);
  if (dtype !== 'U8' && dtype !== 'F32') throw bad(`"images" holds ${dtype}, not U8 or F32`);
  if (n > 0) checkSize(`${name}: images`, width, height);
  const labels = await readLabels(file, n, bad);
  const nameOf = (position: number) => `${name}#${position}`;
  return datasetOf({
    name,
    length: n,
    nameOf,
    bytes: (position) => file.readBytes('images', position, 1),
    labelOf: (position) => labels?.[position],
    picture: (position, bytes): Picture =>
      dtype === 'U8'
        ? { width, height, rgba: interleave(bytes) }
        : { width, height, rgb: unitFloats(bytes, nameOf(position), height * width) },
    ...(file.close ? { close: () => file.close!() } : {}),
  });
}

async function readLabels(
  file: TensorFile,
  n: number,
  bad: (what: string) => MemgpuError,
): Promise<readonly number[] | undefined> {
  const tensor = file.tensors.get('labels');
  if (!tensor) return undefined;
  const { dtype, shape } = tensor;
  if (shape.length !== 1 || shape[0] !== n) throw bad(`"labels" has the shape [${shape.join(', ')}], not [${n}]`);
  if (!LABEL_TYPES.test(dtype)) throw bad(`"labels" holds ${dtype}, not integers`);
  if (n === 0) return [];
  const labels = Array.from(await file.readRows('labels', 0, n));
  const wrong = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= 2 ** 24);
  if (wrong >= 0) throw bad(`"labels" has ${labels[wrong]} at ${wrong}; labels are 0 … ${2 ** 24 - 1}`);
  return labels;
}

function unitFloats(bytes: Uint8Array, name: string, plane: number): Float32Array {
  const rgb = new Float32Array(bytes.slice().buffer);
  checkUnit(rgb, name, plane);
  return rgb;
}
