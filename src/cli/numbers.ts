import { MemgpuError } from '../errors.js';

/** A parser for a flag whose value is a number. @throws BAD_OPTION naming the flag */
export function numeric(flag: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) throw new MemgpuError('BAD_OPTION', `${flag}: ${JSON.stringify(text)} is no number`);
    return value;
  };
}
