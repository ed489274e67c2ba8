import { MemgpuError } from '../errors.js';

/** A parser for a flag whose value is a number. @throws BAD_OPTION naming the flag */
export function numeric(flag: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) throw new MemgpuError('BAD_OPTION', `${flag}: ${JSON.stringify(text)} is no number`);
    return value;
  };
}

/** A parser for a flag whose value is a whole number from `low` to `high`. @throws BAD_OPTION naming the flag */
export function wholeNumber(flag: string, low: number, high: number): (text: string) => number {
  const parse = numeric(flag);
  return (text) => {
    const value = parse(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw new MemgpuError('BAD_OPTION', `${flag}: ${text} is no whole number from ${low} to ${high}`);
  };
}
