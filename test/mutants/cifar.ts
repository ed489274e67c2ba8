import { openCifar } from '../../src/images/cifar.js';
import { bytes } from '../images/picture-files.js';
import { changed } from './change.js';
import { goldenBytes } from './corpus.js';
import { type Format, mustHold, pick } from './format.js';

const [FIRST] = goldenBytes('cifar10', /^train_first64\.bin$/);
const TEN = FIRST!.subarray(0, 3 * 3073);
/** CIFAR-100 by its format: a coarse and a fine label before each picture. */
const HUNDRED = bytes(
  ...[0, 1, 2].flatMap((i) => [[19 - i, 99 - i], FIRST!.subarray(i * 3073 + 1, (i + 1) * 3073)] as const),
);

export const cifar: Format = {
  name: 'cifar',
  codes: ['BAD_DATASET'],
  make(next) {
    const file = pick([TEN, HUNDRED], next);
    // The labels, where the structure is; else anything.
    if (next() % 2 === 0) {
      const out = file.slice();
      const record = file === TEN ? 3073 : 3074;
      out[(next() % 3) * record + (next() % 2)] = next();
      return next() % 4 === 0 ? out.subarray(0, (next() % 4) * record) : out;
    }
    return changed(file, next);
  },
  async load(source, file, made) {
    let dataset: Awaited<ReturnType<typeof openCifar>>;
    try {
      dataset = await openCifar(source);
    } catch (error) {
      await source.close?.();
      throw error;
    }
    try {
      const record = file.length / dataset.length;
      for (let position = 0; position < dataset.length; position++) {
        const { picture, label } = await dataset.load(position);
        mustHold('rgba' in picture && picture.rgba.length === 4096, 'a picture of another size');
        made(picture.rgba.length);
        const at = position * record + record - 3072;
        mustHold(label === file[at - 1], 'another label');
        for (const pixel of [0, 1023]) {
          const planes = [0, 1, 2].map((plane) => file[at + 1024 * plane + pixel]);
          mustHold(
            planes.every((value, channel) => value === picture.rgba[4 * pixel + channel]),
            'other pixels',
          );
        }
      }
    } finally {
      await dataset.close?.();
    }
  },
  largest: () => 4096,
};
