import { dot, plot, ruleY } from '@observablehq/plot';
import type { Interval, LayerResult, SetName } from '../../analysis/result.js';
import { number } from '../format.js';
import { depthPlot, tick } from './depth-axis.js';
import { SET_MARKS } from './set-marks.js';

/** UnitMem of one layer's units on one set, as the chart shows it. */
export interface UnitStrip {
  readonly set: SetName;
  readonly mean: number;
  /** At 0, .1, .25, .5, .75, .9, 1. */
  readonly quantiles: readonly number[];
}

export interface UnitRow {
  readonly layer: LayerResult;
  /** Images that each strip was computed on. */
  readonly n: number;
  /** The first set's, then that of as many external images where there are some. */
  readonly strips: readonly UnitStrip[];
  /** Of the two strips' means; null where there is one. */
  readonly difference: { readonly difference: number; readonly interval: Interval } | null;
}

/** Units of both signs may lie anywhere; beyond this the chart is cut. */
const WIDEST = [-1, 2] as const;
const APART = 10;

/** Whether strips reach beyond what the chart shows. */
export function isCut(rows: readonly UnitRow[]): boolean {
  const all = rows.flatMap((row) => row.strips.flatMap((strip) => strip.quantiles));
  return Math.min(...all) < WIDEST[0] || Math.max(...all) > WIDEST[1];
}

/** Per layer and set: a thin line over all units, a thick one over the middle half, a dot at the median. */
export function unitChart(rows: readonly UnitRow[], width: number): SVGElement | HTMLElement {
  const strips = rows.flatMap((row, l) => row.strips.map((strip, s) => ({ ...stripMarks(row, strip), l, s })));
  const low = Math.max(WIDEST[0], Math.min(0, ...strips.map((strip) => strip.low)));
  const high = Math.min(WIDEST[1], Math.max(1, ...strips.map((strip) => strip.high)));
  const { options, axes } = depthPlot(
    rows.map((row) => row.layer),
    width,
    { row: 38, label: 'UnitMem', format: tick },
  );
  const several = rows.some((row) => row.strips.length > 1);
  return plot({
    ...options,
    x: { domain: [low, high] },
    marks: [
      ...axes,
      ...[0, 1].flatMap((place) => {
        const dy = several ? (place - 0.5) * APART : 0;
        const own = strips.filter((strip) => strip.s === place);
        const [first] = own;
        if (first === undefined) return [];
        const { color, symbol } = SET_MARKS[first.set];
        const rule = { y: 'l', stroke: color, clip: true, dy } as const;
        return [
          ruleY(own, { ...rule, x1: 'low', x2: 'high', strokeWidth: 1 }),
          ruleY(own, { ...rule, x1: 'q10', x2: 'q90', strokeWidth: 4, strokeOpacity: 0.5 }),
          ruleY(own, { ...rule, x1: 'q25', x2: 'q75', strokeWidth: 7 }),
          dot(own, {
            ...{ x: 'median', y: 'l', r: 4, symbol, fill: 'var(--paper)', stroke: color, strokeWidth: 2 },
            ...{ title: 'title', clip: true, dy },
          }),
        ];
      }),
    ],
  });
}

function stripMarks({ layer, n }: UnitRow, { set, quantiles }: UnitStrip) {
  const [low, q10, q25, median, q75, q90, high] = quantiles as [number, number, number, number, number, number, number];
  const title = `${set}, ${layer.node}: median ${number(median)}, middle half ${number(q25)} to ${number(q75)}, ${n} images`;
  return { set, low, q10, q25, median, q75, q90, high, title };
}
