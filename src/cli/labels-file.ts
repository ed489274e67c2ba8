import { readFile } from 'node:fs/promises';
import { MemgpuError } from '../errors.js';
import { datasetOf, type IndexedDataset } from '../images/dataset.js';
import { compareBytes, quoted } from '../images/names.js';
import { counted } from '../report/amounts.js';

/**
 * Gives labels to a dataset that has none, one for each image in its order, from a JSON array or a text with one label
 * a line. Whole numbers are taken as they are; names are numbered in the order of their bytes.
 * @throws IO; BAD_DATASET where the file is no list of labels or its length is not the dataset's; BAD_OPTION where the
 *   dataset has labels of its own
 */
export async function withLabels(dataset: IndexedDataset, path: string): Promise<IndexedDataset> {
  const given = parseLabels(await readText(path), path);
  if (given.length !== dataset.length) {
    throw bad(
      path,
      `has ${counted(given.length, 'label')} for the ${counted(dataset.length, 'image')} of ${quoted(dataset.name)}`,
    );
  }
  if (dataset.classes || dataset.labelOf(0, await dataset.bytes(0)) !== undefined) {
    throw new MemgpuError('BAD_OPTION', `${quoted(dataset.name)} has labels of its own`, {
      hint: 'Leave --labels out.',
    });
  }
  const numbered = given.every((label) => typeof label === 'number');
  const classes = numbered ? undefined : [...new Set(given.map(String))].sort(compareBytes);
  const labels = classes ? given.map((label) => classes.indexOf(String(label))) : (given as number[]);
  return datasetOf({
    name: dataset.name,
    length: dataset.length,
    classes,
    indexOf: dataset.indexOf,
    nameOf: dataset.nameOf,
    labelOf: (position) => labels[position]!,
    bytes: dataset.bytes,
    picture: dataset.picture,
    ...(dataset.close && { close: () => dataset.close!() }),
  });
}

function parseLabels(text: string, path: string): (number | string)[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  let entries: unknown[];
  if (trimmed.startsWith('[')) {
    try {
      entries = JSON.parse(trimmed);
    } catch {
      throw bad(path, 'begins as a JSON array and is none');
    }
  } else entries = trimmed === '' ? [] : trimmed.split(/\r\n|\n|\r/).map((line) => line.trim());
  const labels = entries.map((entry, i) => {
    if (typeof entry === 'string' && entry !== '') return /^\d+$/.test(entry) ? Number(entry) : entry;
    if (typeof entry === 'number') return entry;
    throw bad(path, `label ${i} is ${JSON.stringify(entry)}, neither a name nor a number`);
  });
  const wrong = labels.find(
    (label) => typeof label === 'number' && !(Number.isInteger(label) && label >= 0 && label < 2 ** 31),
  );
  if (wrong !== undefined) throw bad(path, `holds the label ${wrong}; numbers are whole, from 0`);
  return labels.every((label) => typeof label === 'number') ? labels : labels.map(String);
}

function bad(path: string, what: string): MemgpuError {
  return new MemgpuError('BAD_DATASET', `${quoted(path)} ${what}`, {
    hint: 'A file of labels is a JSON array, or one label a line, in the order of the images.',
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new MemgpuError('IO', `${quoted(path)} cannot be read`, {
      hint: 'Check the path and its permissions.',
      cause,
    });
  }
}
