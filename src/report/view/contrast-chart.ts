import { dot, plot, ruleX, ruleY } from '@observablehq/plot';
import { verdict } from '../../analysis/headline.js';
import type { Contrast, LayerResult } from '../../analysis/result.js';
import { range, signed } from '../format.js';
import { depthPlot, tick } from './depth-axis.js';

/** A layer beside its contrast of the pair shown. */
export interface ContrastRow {
  readonly layer: LayerResult;
  readonly contrast: Contrast;
}

const COLORS = { shown: 'var(--shown)', none: 'var(--muted)', reversed: 'var(--reversed)' } as const;

/** A dot and an interval per layer; hollow where the interval contains 0. */
export function contrastChart(rows: readonly ContrastRow[], label: string, width: number): SVGElement | HTMLElement {
  const marks = rows.map(({ contrast, layer }, l) => ({
    l,
    low: contrast.interval[0],
    high: contrast.interval[1],
    difference: contrast.difference,
    color: COLORS[verdict(contrast)],
    fill: verdict(contrast) === 'none' ? 'var(--paper)' : COLORS[verdict(contrast)],
    title: `${layer.node}: ${signed(contrast.difference)} ${range(contrast.interval)}`,
  }));
  const { options, axes } = depthPlot(
    rows.map((row) => row.layer),
    width,
    { row: 26, label, format: tick },
  );
  return plot({
    ...options,
    color: { type: 'identity' },
    x: { nice: true, zero: true },
    marks: [
      ...axes,
      ruleX([0], { stroke: 'var(--ink)', strokeWidth: 1.5 }),
      ruleY(marks, { y: 'l', x1: 'low', x2: 'high', stroke: (mark) => mark.color, strokeWidth: 2.5 }),
      dot(marks, {
        ...{ x: 'difference', y: 'l', r: 5, title: 'title', strokeWidth: 2 },
        ...{ stroke: (mark: (typeof marks)[number]) => mark.color, fill: (mark: (typeof marks)[number]) => mark.fill },
      }),
    ],
  });
}
