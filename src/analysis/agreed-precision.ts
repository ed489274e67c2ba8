import { MemgpuError } from '../errors.js';
import type { Precision } from '../kernels/design.js';
import type { AnalyzedEncoder } from './analyze.js';

/**
 * The precision of a run: that of its encoders.
 * @throws BAD_OPTION where f, g and the option do not agree
 */
export function agreedPrecision(
  f: AnalyzedEncoder,
  g: AnalyzedEncoder | undefined,
  wanted: Precision | null,
): Precision {
  const { precision } = f.encoder.design;
  const other = g?.encoder.design.precision ?? precision;
  if (other !== precision) {
    throw new MemgpuError('BAD_OPTION', `f was loaded with precision ${precision}, g with ${other}`, {
      hint: 'Load both with the same precision, or their difference is none of the encoders.',
    });
  }
  if (wanted !== null && wanted !== precision) {
    throw new MemgpuError('BAD_OPTION', `precision is ${wanted}, but the encoders were loaded with ${precision}`, {
      hint: `Load them with precision ${wanted}, or leave the option out.`,
    });
  }
  return precision;
}
