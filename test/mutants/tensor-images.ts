import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import type { IndexedDataset } from '../../src/images/dataset.js';
import { openTensorImages } from '../../src/images/tensor-images.js';
import { type Format, mustHold, pick } from './format.js';
import { changedSafetensors } from './safetensors.js';

const GOOD = (['U8', 'F32'] as const).map((dtype) =>
  writeSafetensors([
    {
      name: 'images',
      dtype,
      shape: [2, 3, 4, 4],
      data: dtype === 'U8' ? new Uint8Array(96).fill(7) : new Float32Array(96).fill(0.5),
    },
    { name: 'labels', dtype: 'I64', shape: [2], data: BigInt64Array.of(3n, 5n) },
  ]),
);

export const tensorImages: Format = {
  name: 'tensor-images',
  codes: ['BAD_SAFETENSORS', 'BAD_DATASET', 'BAD_IMAGE'],
  make: (next) => changedSafetensors(pick(GOOD, next), next),
  async load(source, file, made) {
    let dataset: IndexedDataset;
    try {
      dataset = await openTensorImages(await openSafetensors(source));
    } catch (error) {
      await source.close?.();
      throw error;
    }
    try {
      mustHold(dataset.length <= file.length, `${dataset.length} images`);
      for (let position = 0; position < dataset.length; position++) {
        const { picture, label } = await dataset.load(position);
        const { width, height } = picture;
        const values = 'rgba' in picture ? picture.rgba : picture.rgb;
        mustHold(values.length === width * height * ('rgba' in picture ? 4 : 3), 'a picture of another size');
        mustHold(label === undefined || Number.isInteger(label), `the label ${label}`);
        made(values.byteLength);
      }
    } finally {
      await dataset.close?.();
    }
  },
  // Alpha joins three bytes.
  largest: (fileBytes) => 2 * fileBytes,
};
