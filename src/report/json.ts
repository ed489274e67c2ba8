import { type Report, SET_NAMES } from '../analysis/result.js';
import { MemgpuError } from '../errors.js';

/** Keys of report.json in the order in which they are written; keys that are data (settings, timings) follow by name. */
export const KEY_ORDER: readonly string[] = [
  ...['schema', 'memgpu', 'created', 'mode', 'settings', 'adapters', 'encoders', 'sets'],
  ...['precision', 'layers', 'images', 'units'],
  ...['timings', 'warnings', 'f', 'g', ...SET_NAMES],
  ...['node', 'unit', 'kind', 'shape', 'predecessor', 'contrasts', 'set', 'position', 'index', 'name', 'label', 'rank'],
  ...['score', 'picture', 'source', 'n', 'sha256', 'file', 'family', 'map', 'training', 'options'],
  ...['heads', 'stem', 'stride', 'parameters', 'eps'],
  ...['preprocessing', 'size', 'resize', 'interpolation', 'std', 'ignored'],
  ...[
    'alignment',
    'alignmentInterval',
    'sslmem',
    'layermem',
    'a',
    'b',
    'difference',
    'interval',
    'delta',
    'deltaInterval',
  ],
  ...['auc', 'aucInterval', 'unitmem', 'image', 'mean', 'median', 'quantiles', 'dead', 'mixedSign', 'negative'],
  ...['runnerUp', 'runnerUpMean', 'margin', 'code', 'message', 'value', 'origin', 'vendor', 'architecture', 'device'],
  ...['driver', 'subgroups', 'min', 'max', 'timestamps', 'limits'],
];

const RANKS = new Map(KEY_ORDER.map((key, rank) => [key, rank]));

/**
 * report.json as text: equal reports give equal bytes, however they were put together.
 * @throws NON_FINITE naming the field, as JSON has no NaN and no infinity.
 */
export function reportJson(report: Report): string {
  return `${JSON.stringify(ordered(report, ''), null, 2)}\n`;
}

function ordered(value: unknown, path: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new MemgpuError('NON_FINITE', `report${path} is ${value}, which JSON cannot hold`);
  }
  if (Array.isArray(value)) return value.map((entry, i) => ordered(entry, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record).sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, ordered(record[key], `${path}.${key}`)]));
}

function rankOf(key: string): number {
  return RANKS.get(key) ?? KEY_ORDER.length;
}
