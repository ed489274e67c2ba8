import type { LayerPrecision, PrecisionError } from '../analysis/result.js';

/** Of a layer's figures: its key, its name, and what an error is relative to. */
export const PRECISION_FIGURES = [
  { key: 'units', name: 'unit means', of: 'of the largest in their layer' },
  { key: 'alignment', name: 'alignment', of: 'of each' },
  { key: 'sslmem', name: 'SSLMem', of: 'absolute' },
] as const satisfies readonly { key: keyof LayerPrecision; name: string; of: string }[];

/** Two digits, rounded up: a bound. */
export function bound(value: number): string {
  if (value === 0) return '0';
  const text = value.toExponential(1);
  if (Number(text) >= value) return text;
  const [, exponent] = text.split('e');
  return (Number(text) + 10 ** (Number(exponent) - 1)).toExponential(1);
}

/** The layer where a figure is largest; null where no layer has it. */
export function worstLayer(
  layers: readonly LayerPrecision[],
  key: (typeof PRECISION_FIGURES)[number]['key'],
): { readonly node: string; readonly error: number } | null {
  return layers.reduce<ReturnType<typeof worstLayer>>((worst, { node, [key]: error }) => {
    return error === null || (worst && worst.error >= error) ? worst : { node, error };
  }, null);
}

/** Such as 'f16: unit means within 4.0e-4, alignment within 1.0e-3 of f32, measured on 2 images'. */
export function precisionLine({ name, images, layers }: PrecisionError): string {
  const within = PRECISION_FIGURES.flatMap((figure) => {
    const worst = worstLayer(layers, figure.key);
    return worst ? [`${figure.name} within ${bound(worst.error)}`] : [];
  });
  return `${name}: ${within.join(', ')} of f32, measured on ${images} image${images === 1 ? '' : 's'}`;
}
