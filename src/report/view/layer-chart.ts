import { dot, line, plot, ruleX, ruleY } from '@observablehq/plot';
import type { Interval, LayerResult, LayerSet, SetName } from '../../analysis/result.js';
import { number, range, signed, unsignedRange } from '../format.js';
import { depthPlot, tick } from './depth-axis.js';
import { SET_MARKS } from './set-marks.js';

/** What is shown of a set at a layer: LayerMem with a reference, the alignment without. */
export interface LayerValue {
  readonly value: number;
  readonly interval: Interval;
  readonly text: string;
  readonly intervalText: string;
}

export function layerValue(set: LayerSet, reference: boolean): LayerValue {
  if (reference && set.layermem !== null && set.interval !== null) {
    const [value, interval] = [set.layermem, set.interval];
    return { value, interval, text: signed(value), intervalText: range(interval) };
  }
  const [value, interval] = [set.alignment, set.alignmentInterval];
  return { value, interval, text: number(value), intervalText: unsignedRange(interval) };
}

const APART = 5;

/** A line per set, with the interval at every layer; sets stand a little apart where they would cover each other. */
export function layerChart(
  layers: readonly LayerResult[],
  sets: readonly SetName[],
  reference: boolean,
  width: number,
): SVGElement | HTMLElement {
  const { options, axes } = depthPlot(layers, width, {
    row: 20 + APART * sets.length,
    label: reference ? 'LayerMem' : 'alignment',
    format: tick,
  });
  return plot({
    ...options,
    x: { nice: true, zero: reference },
    marks: [
      ...axes,
      ...(reference ? [ruleX([0], { stroke: 'var(--ink)', strokeWidth: 1.5 })] : []),
      ...sets.flatMap((set, s) => setMarks(layers, set, reference, (s - (sets.length - 1) / 2) * APART)),
    ],
  });
}

function setMarks(layers: readonly LayerResult[], set: SetName, reference: boolean, dy: number) {
  const { color, symbol } = SET_MARKS[set];
  const points = layers.flatMap((layer, l) => {
    const found = layer.sets[set];
    if (found === undefined) return [];
    const { value, interval, text, intervalText } = layerValue(found, reference);
    const title = `${set}, ${layer.node}: ${text} ${intervalText}`;
    return [{ l, value, low: interval[0], high: interval[1], title }];
  });
  return [
    line(points, { x: 'value', y: 'l', stroke: color, strokeWidth: 1.25, strokeOpacity: 0.55, dy }),
    ruleY(points, { y: 'l', x1: 'low', x2: 'high', stroke: color, strokeWidth: 2, dy }),
    dot(points, { x: 'value', y: 'l', r: 4, symbol, fill: color, stroke: 'var(--paper)', title: 'title', dy }),
  ];
}
