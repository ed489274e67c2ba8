import { presentSets } from '../analysis/headline.js';
import type { LayerResult, LayerSet, Report, SetScores } from '../analysis/result.js';
import { MemgpuError } from '../errors.js';

type Cell = string | number | boolean | null;

/**
 * CSV after RFC 4180: commas, CRLF, a header, cells quoted where they must be. Numbers are written so that they read
 * back as the same f64; null is an empty cell. A text that a spreadsheet would take for a formula gets a leading
 * apostrophe. @throws NON_FINITE for a number that CSV cannot say.
 */
export function csv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  return [...csvLines(header, rows)].join('');
}

/** The same line by line, each with its end. */
function* csvLines(header: readonly string[], rows: Iterable<readonly Cell[]>): Generator<string, void, undefined> {
  yield `${header.map(cellText).join(',')}\r\n`;
  for (const row of rows) yield `${row.map(cellText).join(',')}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) throw new MemgpuError('NON_FINITE', `a CSV cell is ${cell}`);
    return String(cell);
  }
  if (typeof cell === 'boolean') return String(cell);
  const safe = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const LAYER_SET_COLUMNS: readonly (readonly [name: string, value: (set: LayerSet) => number | null])[] = [
  ['n', (set) => set.n],
  ['alignment', (set) => set.alignment],
  ['alignment_low', (set) => set.alignmentInterval[0]],
  ['alignment_high', (set) => set.alignmentInterval[1]],
  ['layermem', (set) => set.layermem],
  ['layermem_low', (set) => set.interval?.[0] ?? null],
  ['layermem_high', (set) => set.interval?.[1] ?? null],
  ['delta', (set) => set.delta],
  ['delta_low', (set) => set.deltaInterval?.[0] ?? null],
  ['delta_high', (set) => set.deltaInterval?.[1] ?? null],
  ['unitmem_mean', (set) => set.unitmem?.mean ?? null],
  ['unitmem_median', (set) => set.unitmem?.median ?? null],
  ['dead_units', (set) => set.unitmem?.dead ?? null],
  ['mixed_sign_units', (set) => set.unitmem?.mixedSign ?? null],
  ['negative_units', (set) => set.unitmem?.negative ?? null],
];

const CONTRAST_COLUMNS = [
  'difference',
  'difference_low',
  'difference_high',
  'auc',
  'auc_low',
  'auc_high',
  'unitmem_n',
  'unitmem_a',
  'unitmem_b',
  'unitmem_difference',
  'unitmem_difference_low',
  'unitmem_difference_high',
];

/**
 * layers.csv: a row per layer; columns `SET_…` per set and `A-B_…` per pair of sets. `shape` is `CxHxW`, of tokens `TxD`,
 * of attention maps `HEADSxTxT`; these have 0 units, and empty cells where UnitMem would stand.
 */
export function layersCsv({ layers, sets }: Pick<Report, 'layers' | 'sets'>): string {
  const names = presentSets(sets);
  const pairs = layers[0]?.contrasts.map(({ a, b }) => `${a}-${b}`) ?? [];
  const header = [
    ...['node', 'label', 'kind', 'units', 'shape', 'predecessor'],
    ...names.flatMap((set) => LAYER_SET_COLUMNS.map(([column]) => `${set}_${column}`)),
    ...pairs.flatMap((pair) => CONTRAST_COLUMNS.map((column) => `${pair}_${column}`)),
  ];
  return csv(
    header,
    layers.map((layer) => [
      ...[layer.node, layer.label, layer.kind, layer.units, layer.shape.join('x'), layer.predecessor],
      ...names.flatMap((set) => LAYER_SET_COLUMNS.map(([, value]) => value(layer.sets[set]!))),
      ...layer.contrasts.flatMap(contrastCells),
    ]),
  );
}

function contrastCells(contrast: LayerResult['contrasts'][number]): Cell[] {
  const { difference, interval, auc, aucInterval, unitmem } = contrast;
  const units =
    unitmem === null
      ? [null, null, null, null, null, null]
      : [unitmem.n, unitmem.a, unitmem.b, unitmem.difference, ...unitmem.interval];
  return [difference, ...interval, auc, ...aucInterval, ...units];
}

/** units.csv: a row per set, node and unit (none of attention maps); the image that the unit answers to most, and its mean there. */
export function unitsCsv(sets: readonly SetScores[]): string {
  return csv(['set', 'node', 'unit', 'unitmem', 'position', 'index', 'name', 'mean'], unitRows(sets));
}

function* unitRows(sets: readonly SetScores[]): Generator<Cell[]> {
  for (const { set, index, names, layers } of sets) {
    for (const { node, units, mu, unitmem, argmax } of layers) {
      for (let u = 0; u < unitmem.length; u++) {
        const winner = argmax[u]!;
        yield [set, node, u, unitmem[u]!, winner, index[winner]!, names[winner]!, mu[winner * units + u]!];
      }
    }
  }
}

/** images.csv: a row per set and image; per layer the alignments and, with a reference, SSLMem. */
export function imagesCsv(sets: readonly SetScores[]): string {
  return [...imagesCsvLines(sets)].join('');
}

/** images.csv line by line: over many images there is no need for all of it at once. */
export function imagesCsvLines(sets: readonly SetScores[]): Iterable<string> {
  const columns = (sets[0]?.layers ?? []).flatMap(({ node, sslmem }) =>
    sslmem === null ? [`alignment/f/${node}`] : [`alignment/f/${node}`, `alignment/g/${node}`, `sslmem/${node}`],
  );
  return csvLines(['set', 'position', 'index', 'name', 'label', ...columns], imageRows(sets));
}

function* imageRows(sets: readonly SetScores[]): Generator<Cell[]> {
  for (const { set, index, names, labels, layers } of sets) {
    for (let i = 0; i < index.length; i++) {
      const numbers = layers.flatMap(({ alignmentF, alignmentG, sslmem }) =>
        alignmentG === null || sslmem === null ? [alignmentF[i]!] : [alignmentF[i]!, alignmentG[i]!, sslmem[i]!],
      );
      yield [set, i, index[i]!, names[i]!, labels[i]!, ...numbers];
    }
  }
}
