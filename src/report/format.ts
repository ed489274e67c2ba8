import type { Interval, Report } from '../analysis/result.js';

/** Such as '95 %', with a blank that no line breaks at. */
export function confidence(report: Report): string {
  const share = report.settings.confidence;
  return typeof share === 'number' ? `${Number((share * 100).toFixed(4))}\u00a0%` : '';
}

/** Four decimals, or five digits from 100 on; a true minus. */
export function number(value: number): string {
  if (value === 0) return '0.0000';
  return trueMinus(Math.abs(value) >= 100 ? value.toPrecision(5) : value.toFixed(4));
}

/** Numbers in a text with a true minus, as wide as a plus, in place of hyphens. */
export function trueMinus(text: string): string {
  return text.replaceAll('-', '−');
}

/** With its sign, a true minus; none where it rounds to 0. */
export function signed(value: number): string {
  const text = number(Math.abs(value));
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

export function range([low, high]: Interval): string {
  return `[${signed(low)}, ${signed(high)}]`;
}

/** Of values that have no sign, such as distances. */
export function unsignedRange([low, high]: Interval): string {
  return `[${number(low)}, ${number(high)}]`;
}
