import { MemgpuError } from '../errors.js';
import { CIFAR10_CLASSES, CIFAR100_CLASSES } from './cifar-classes.js';
import { datasetOf, type IndexedDataset } from './dataset.js';
import { quoted } from './names.js';
import { interleave } from './planes.js';
import { recordReader } from './records.js';
import type { ByteSource } from './source.js';

const SIDE = 32;
const PIXEL_BYTES = 3 * SIDE * SIDE;

/** Label bytes before the pixels, and how many values each takes; the last one is the label. */
const FORMATS = {
  'CIFAR-10': { labels: [10], classes: CIFAR10_CLASSES },
  'CIFAR-100': { labels: [20, 100], classes: CIFAR100_CLASSES },
} as const;
type Format = keyof typeof FORMATS;

const recordBytes = (format: Format) => FORMATS[format].labels.length + PIXEL_BYTES;

/**
 * A CIFAR-10 or CIFAR-100 binary (records of 3,073 bytes: label, pixels; or 3,074: coarse label, fine label, pixels;
 * the pixels are 1,024 red, 1,024 green, 1,024 blue, row by row, 32 × 32). The two are told apart by the file's size,
 * and where both divide it by the labels or by a name with 10 or 100 in it.
 *
 * @returns a dataset that reads by position; labels are the classes (of CIFAR-100: the fine ones)
 * @throws BAD_DATASET where it is neither, or a label is out of range; IO
 */
export async function openCifar(source: ByteSource): Promise<IndexedDataset> {
  const format = await formatOf(source);
  const { labels, classes } = FORMATS[format];
  const record = recordReader(source, recordBytes(format));
  return datasetOf({
    name: source.name,
    length: source.size / recordBytes(format),
    classes,
    nameOf: (position) => `${source.name}#${position}`,
    async bytes(position) {
      const bytes = await record(position);
      if (validLabels(bytes, format)) return bytes;
      const found = [...bytes.subarray(0, labels.length)].join(', ');
      throw new MemgpuError(
        'BAD_DATASET',
        `${quoted(source.name)} is no ${format} file: record ${position} has the label ${found}`,
      );
    },
    labelOf: (_, bytes) => bytes[labels.length - 1],
    picture: (_, bytes) => ({ width: SIDE, height: SIDE, rgba: interleave(bytes.subarray(labels.length)) }),
    ...(source.close ? { close: () => source.close!() } : {}),
  });
}

const validLabels = (bytes: Uint8Array, format: Format) =>
  FORMATS[format].labels.every((values, i) => bytes[i]! < values);

async function formatOf(source: ByteSource): Promise<Format> {
  const { name, size } = source;
  const fitting = (Object.keys(FORMATS) as Format[]).filter((format) => size > 0 && size % recordBytes(format) === 0);
  if (fitting.length === 0) {
    throw new MemgpuError(
      'BAD_DATASET',
      `${quoted(name)} is no CIFAR file: its ${size} bytes are no whole number of records of 3073 (CIFAR-10) or 3074 (CIFAR-100) bytes`,
      { hint: 'Give a CIFAR binary, a folder of pictures, or a safetensors file with the tensor "images".' },
    );
  }
  const valid: Format[] = [];
  for (const format of fitting) if (await labelsHold(source, format)) valid.push(format);
  if (valid.length === 1) return valid[0]!;
  if (valid.length === 0) {
    throw new MemgpuError(
      'BAD_DATASET',
      `${quoted(name)} is no ${fitting.join(' or ')} file: its labels are out of range`,
    );
  }
  const said = /(?:^|\D)(100?)(?:\D|$)/.exec(name.slice(name.search(/[^/\\]*$/)))?.[1];
  if (said !== undefined) return said === '100' ? 'CIFAR-100' : 'CIFAR-10';
  throw new MemgpuError(
    'BAD_DATASET',
    `${quoted(name)} could be a CIFAR-10 or a CIFAR-100 file by its size and its labels`,
    {
      hint: 'Put 10 or 100 into its name, as in cifar100-train.bin.',
    },
  );
}

/** Looks at up to 64 records over the whole file. */
async function labelsHold(source: ByteSource, format: Format): Promise<boolean> {
  const size = recordBytes(format);
  const records = source.size / size;
  const looks = Math.min(64, records);
  for (let look = 0; look < looks; look++) {
    const record = looks === 1 ? 0 : Math.floor((look * (records - 1)) / (looks - 1));
    if (!validLabels(await source.read(record * size, FORMATS[format].labels.length), format)) return false;
  }
  return true;
}
