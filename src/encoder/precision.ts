import { MemgpuError } from '../errors.js';
import { PRECISIONS, type Precision } from '../kernels/design.js';
import { didYouMean } from '../nearest.js';

/** A precision by its name. @throws BAD_OPTION naming the nearest known one */
export function precisionNamed(name: unknown): Precision {
  const found = PRECISIONS.find((known) => known === name);
  if (found !== undefined) return found;
  const guess = typeof name === 'string' ? didYouMean(name, PRECISIONS) : undefined;
  throw new MemgpuError('BAD_OPTION', `precision: unknown value ${JSON.stringify(name)?.slice(0, 60)}`, {
    hint: [guess, `Possible: ${PRECISIONS.join(', ')}.`].filter(Boolean).join(' '),
  });
}
