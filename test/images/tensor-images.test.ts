import { describe, expect, it } from 'vitest';
import { openTensorImages, type TensorFile } from '../../src/images/tensor-images.js';
import { pixel } from './picture-files.js';

interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array | Int32Array;
}

/** A file of tensors in memory that notes which rows are read. */
function tensorFile(tensors: Record<string, Tensor>): TensorFile & { readonly reads: string[] } {
  const reads: string[] = [];
  const rows = (name: string, first: number, count: number) => {
    reads.push(`${name} ${first}+${count}`);
    const { data, shape } = tensors[name]!;
    const row = data.length / shape[0]!;
    return data.slice(first * row, (first + count) * row);
  };
  return {
    name: 'set.safetensors',
    tensors: new Map(Object.entries(tensors)),
    reads,
    readBytes: async (name, first, count) => new Uint8Array(rows(name, first, count).buffer),
    readRows: async (name, first, count) => rows(name, first, count),
  };
}

const u8 = (n: number, h: number, w: number): Tensor => ({
  dtype: 'U8',
  shape: [n, 3, h, w],
  data: Uint8Array.from({ length: n * 3 * h * w }, (_, i) => (i * 37) & 255),
});
const f32 = (n: number, h: number, w: number): Tensor => ({
  dtype: 'F32',
  shape: [n, 3, h, w],
  data: Float32Array.from({ length: n * 3 * h * w }, (_, i) => (i % 11) / 10),
});
const labels = (data: number[], dtype = 'I32', shape = [data.length]): Tensor => ({
  dtype,
  shape,
  data: Int32Array.from(data),
});

describe('images in tensors', () => {
  it('of bytes are pictures of bytes', async () => {
    const images = u8(3, 2, 5);
    const dataset = await openTensorImages(tensorFile({ images, labels: labels([4, 0, 9]) }));
    const { index, name, label, picture } = await dataset.load(2);
    expect({ index, name, label }).toEqual({ index: 2, name: 'set.safetensors#2', label: 9 });
    expect([dataset.length, picture.width, picture.height]).toEqual([3, 5, 2]);
    const at = 2 * 30 + 5 + 3;
    expect(pixel(picture, 3, 1)).toEqual([images.data[at], images.data[at + 10], images.data[at + 20]]);
  });

  it('of numbers keep their numbers, bit by bit', async () => {
    const images = f32(3, 2, 5);
    const dataset = await openTensorImages(tensorFile({ images }));
    const { label, picture } = await dataset.load(1);
    expect(label).toBeUndefined();
    expect(picture).toEqual({ width: 5, height: 2, rgb: images.data.slice(30, 60) });
  });

  it('are read one by one', async () => {
    const file = tensorFile({ images: u8(3, 2, 5), labels: labels([0, 1, 2]) });
    const dataset = await openTensorImages(file);
    await dataset.load(1);
    expect(file.reads).toEqual(['labels 0+3', 'images 1+1']);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -0.001, 1.001])(
    'with the value %d are refused by name',
    async (value) => {
      const images = f32(3, 2, 5);
      images.data[30 + 17] = value;
      const dataset = await openTensorImages(tensorFile({ images }));
      await expect(dataset.load(1)).rejects.toMatchObject({
        code: 'BAD_IMAGE',
        message: expect.stringMatching(/set\.safetensors#1'.*channel 1, pixel 7/),
      });
      await expect(dataset.load(0)).resolves.toBeDefined();
    },
  );

  it.each<[string, Record<string, Tensor>]>([
    ['no images', { pictures: u8(1, 2, 2) }],
    ['nothing at all', {}],
    ['four channels', { images: { ...u8(1, 2, 2), shape: [1, 4, 2, 2] } }],
    ['three axes', { images: { ...u8(1, 2, 2), shape: [3, 2, 2] } }],
    ['another type', { images: { ...u8(1, 2, 2), dtype: 'F16' } }],
    ['no rows', { images: { ...u8(1, 2, 2), shape: [0, 3, 2, 2] } }],
    ['too few labels', { images: u8(2, 2, 2), labels: labels([1]) }],
    ['labels of another type', { images: u8(1, 2, 2), labels: labels([1], 'F32') }],
    ['labels below 0', { images: u8(2, 2, 2), labels: labels([1, -1]) }],
  ])('with %s are no dataset', async (_, tensors) => {
    const refusal = { code: 'BAD_DATASET', message: expect.stringContaining("'set.safetensors'") };
    await expect(openTensorImages(tensorFile(tensors))).rejects.toMatchObject(refusal);
  });

  it('of an empty or immense size are refused before they are read', async () => {
    for (const side of [0, 10_000]) {
      const images = { dtype: 'U8', shape: [1, 3, side, side], data: new Uint8Array(0) };
      await expect(openTensorImages(tensorFile({ images }))).rejects.toMatchObject({ code: 'BAD_IMAGE' });
    }
  });
});
