import { leadingContrast, presentSets } from './headline.js';
import type { Interval, LayerPrecision, LayerResult, PrecisionError, Warning } from './result.js';

/**
 * What an error may be of an interval's half-width and still be called small: a mean shifted by a tenth of it lies in its
 * 95 % interval with 94.6 % instead.
 */
const SMALL = 0.1;

/**
 * Warns where a precision's error is not small beside what the images leave open: where the most that it can shift a
 * layer's leading contrast (or where there is none, the LayerMem of the first set; without a reference, the alignment) is
 * above a tenth of the half-width of that number's interval. A mean is shifted by no more than the largest error of one
 * image, a difference of two means by no more than twice that.
 */
export function warningOfPrecision({ name, layers: errors }: PrecisionError, layers: readonly LayerResult[]) {
  const found = layers.flatMap((layer, l) => {
    const { shift, interval } = shiftOf(layer, errors[l]!);
    const halfWidth = (interval[1] - interval[0]) / 2;
    return halfWidth > 0 ? [{ node: layer.node, shift, halfWidth, part: shift / halfWidth }] : [];
  });
  const above = found.filter(({ part }) => part > SMALL);
  if (above.length === 0) return null;
  const worst = above.reduce((most, one) => (one.part > most.part ? one : most));
  const warning: Warning = {
    code: 'PRECISION_NOT_SMALL',
    value: worst.part,
    message: `The error of ${name} is not small beside the intervals of ${above.length} of ${layers.length} layers: at ${worst.node} it may shift the number by ${worst.shift.toPrecision(2)}, and its interval reaches ${worst.halfWidth.toPrecision(2)} to each side. Use --precision f32 there.`,
  };
  return warning;
}

function shiftOf(layer: LayerResult, { sslmem, alignment }: LayerPrecision): { shift: number; interval: Interval } {
  const contrast = leadingContrast(layer);
  if (contrast) {
    const [a, b] = [layer.sets[contrast.a]!, layer.sets[contrast.b]!];
    const shift = sslmem === null ? (alignment ?? 0) * (a.alignment + b.alignment) : 2 * sslmem;
    return { shift, interval: contrast.interval };
  }
  const set = layer.sets[presentSets(layer.sets)[0]!]!;
  if (sslmem !== null && set.interval) return { shift: sslmem, interval: set.interval };
  return { shift: (alignment ?? 0) * set.alignment, interval: set.alignmentInterval };
}
