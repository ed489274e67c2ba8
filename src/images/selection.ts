import { MemgpuError } from '../errors.js';
import { escapeUnseen } from '../escape-unseen.js';
import { datasetOf, type IndexedDataset } from './dataset.js';
import { quoted } from './names.js';

/** Which images of a source are meant, as written after its `@`. */
export type Selection = { readonly text: string } & (
  | { readonly kind: 'ranges'; readonly ranges: readonly (readonly [first: number, last: number])[] }
  /** The record numbers under one key of a JSON object; one without a key is refused when the lists are known. */
  | { readonly kind: 'json'; readonly file: string; readonly key: string | undefined }
  /** A text file of names, one a line. */
  | { readonly kind: 'list'; readonly file: string }
);

/** What may follow an `@`: `7`, `0-499` (both ends count), `0-9,20-29`, `FILE.json:KEY`, `FILE.txt`. */
export function parseSelection(text: string): Selection | undefined {
  if (/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(text)) {
    const ranges = text.split(',').map((part) => {
      const [first, last = first] = part.split('-').map(Number) as [number, number?];
      return [first, last] as const;
    });
    return { kind: 'ranges', text, ranges };
  }
  const json = /^(.+?\.json)(?::(.*))?$/is.exec(text);
  if (json) return { kind: 'json', text, file: json[1]!, key: json[2] || undefined };
  return /^.+\.txt$/is.test(text) ? { kind: 'list', text, file: text } : undefined;
}

/**
 * Splits `SOURCE@SELECTION`. Paths may hold `@` too: a source that exists under the whole name wins; else the last `@`
 * counts whose right side is a selection and whose left side exists, or, where none exists, the last one of a selection.
 */
export async function splitSpec(
  spec: string,
  exists: (source: string) => Promise<boolean>,
): Promise<{ readonly source: string; readonly selection: Selection | undefined }> {
  const whole = { source: spec, selection: undefined };
  if (!spec.includes('@') || (await exists(spec))) return whole;
  const readings: { source: string; selection: Selection }[] = [];
  for (let at = spec.lastIndexOf('@'); at > 0; at = spec.lastIndexOf('@', at - 1)) {
    const selection = parseSelection(spec.slice(at + 1));
    if (selection) readings.push({ source: spec.slice(0, at), selection });
  }
  for (const reading of readings) if (await exists(reading.source)) return reading;
  return readings[0] ?? whole;
}

/**
 * Positions of the selected images, in the order that the selection gives them.
 *
 * @param readText reads a whole text file
 * @throws BAD_OPTION for a range that turns back, leaves the source or comes twice; BAD_DATASET for a file that is no
 *   selection, a key it lacks, and records or names in it that are unknown or come twice; IO
 */
export async function resolveSelection(
  selection: Selection,
  dataset: IndexedDataset,
  readText: (path: string) => Promise<string>,
): Promise<number[]> {
  const positions = new Set<number>();
  const add = (position: number, what: string, error: (what: string) => MemgpuError) => {
    if (positions.has(position)) throw error(`${what} comes twice`);
    positions.add(position);
  };
  if (selection.kind === 'list') {
    const error = selectionError('BAD_DATASET', selection.file);
    const positionOf = invert(dataset.length, dataset.nameOf);
    for (const name of namesIn(await readText(selection.file))) {
      const position = positionOf(name);
      if (position === undefined) throw error(`${quoted(dataset.name)} has no image ${quoted(name)}`);
      add(position, quoted(name), error);
    }
    if (positions.size === 0) throw error('it names no image');
    return [...positions];
  }
  const isJson = selection.kind === 'json';
  const error = isJson ? selectionError('BAD_DATASET', selection.text) : selectionError('BAD_OPTION', selection.text);
  const records = isJson
    ? recordsIn(
        await readText(selection.file),
        selection.key,
        selection.file,
        selectionError('BAD_DATASET', selection.file),
      )
    : expand(selection.ranges, error);
  const positionOf = invert(dataset.length, dataset.indexOf);
  for (const record of records) {
    const position = positionOf(record);
    if (position === undefined) {
      const last = dataset.indexOf(dataset.length - 1);
      throw error(`${quoted(dataset.name)} has no record ${record}: it has ${dataset.length}, the last is ${last}`);
    }
    add(position, `record ${record}`, error);
  }
  if (positions.size === 0) throw error('it lists no record');
  return [...positions];
}

/**
 * The images at these positions, in this order; image indices, names and labels stay those of the source.
 *
 * @param name how the selection is called in messages and reports
 * @throws BAD_DATASET where none is selected; BAD_OPTION for a position that the dataset lacks
 */
export function select(dataset: IndexedDataset, positions: readonly number[], name = dataset.name): IndexedDataset {
  const indices = positions.map(dataset.indexOf);
  const at = (position: number) => positions[position]!;
  return datasetOf({
    name,
    length: positions.length,
    classes: dataset.classes,
    indexOf: (position) => indices[position]!,
    nameOf: (position) => dataset.nameOf(at(position)),
    labelOf: (position, bytes) => dataset.labelOf(at(position), bytes),
    bytes: (position) => dataset.bytes(at(position)),
    picture: (position, bytes) => dataset.picture(at(position), bytes),
    ...(dataset.close ? { close: () => dataset.close!() } : {}),
  });
}

const selectionError = (code: 'BAD_OPTION' | 'BAD_DATASET', file: string) => (what: string) =>
  new MemgpuError(code, `selection ${quoted(file)}: ${what}`, {
    hint: 'Write SOURCE@0-499, SOURCE@0-9,20-29, SOURCE@FILE.json:KEY or SOURCE@NAMES.txt.',
  });

function* expand(ranges: readonly (readonly [number, number])[], error: (what: string) => MemgpuError) {
  for (const [first, last] of ranges) {
    if (last < first) throw error(`${first}-${last} turns back`);
    for (let record = first; record <= last; record++) yield record;
  }
}

function recordsIn(
  text: string,
  key: string | undefined,
  file: string,
  error: (what: string) => MemgpuError,
): number[] {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw error('it is no JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw error('it is no JSON object of lists');
  const lists = new Map(Object.entries(json).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1])));
  const keys = [...lists.keys()].slice(0, 20).map(quoted).join(', ') || 'none';
  if (key === undefined) {
    const example = lists.has('candidates') ? 'candidates' : ([...lists.keys()][0] ?? 'KEY');
    throw error(`name a list: @${escapeUnseen(`${file}:${example}`)}; its lists are ${keys}`);
  }
  const list = lists.get(key);
  if (!list) {
    throw error(`it has no list ${quoted(key)}; its lists are ${keys}`);
  }
  const wrong = list.findIndex((record) => !Number.isInteger(record) || (record as number) < 0);
  if (wrong >= 0) throw error(`entry ${wrong} of ${quoted(key)} is no record number`);
  return list as number[];
}

function namesIn(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  return lines.filter((line) => line !== '').map((line) => line.replace(/^(?:\.\/)+/, ''));
}

/** From a key (image index, name) back to its position. */
function invert<Key>(length: number, keyOf: (position: number) => Key): (key: Key) => number | undefined {
  const positions = new Map<Key, number>();
  for (let position = 0; position < length; position++) positions.set(keyOf(position), position);
  return (key) => positions.get(key);
}
