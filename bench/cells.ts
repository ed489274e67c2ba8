/** Cells of the benchmark's tables. */
import type { Column } from '../src/report/table.js';
import type { Spread } from './timing.js';

/** Three significant digits, such as '0.0312', '9.43', '271'. */
export function figure(value: number): string {
  if (value === 0) return '0';
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** How far the repeats lie apart: (most − least) / median. */
export function scatter({ median, least, most }: Spread): string {
  return median > 0 ? `${Math.round((100 * (most - least)) / median)} %` : '–';
}

export function range({ median, least, most }: Spread, unit: string): string {
  return `${figure(median)} ${unit} (${figure(least)}–${figure(most)})`;
}

/** The first column holds names, the others numbers; those in `texts` words. */
export function columnsOf(titles: readonly string[], texts: readonly string[] = []): Column[] {
  return titles.map((title, i) => ({ title, align: i === 0 || texts.includes(title) ? 'left' : 'right' }));
}
