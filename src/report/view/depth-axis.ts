import { axisX, axisY, gridX, type Markish, type PlotOptions } from '@observablehq/plot';
import type { LayerResult } from '../../analysis/result.js';
import { trueMinus } from '../format.js';
import { layerTitle } from '../layer-title.js';

const CHARACTER = 6.6;
const LONGEST_LABEL = 26;
/** On a narrow page labels take less. */
const NARROW = 520;
const NARROW_LABEL = 21;
const TALL = 20;

/** What all charts by depth share: layers downwards in order of execution, values to the right. */
export function depthPlot(
  layers: readonly LayerResult[],
  width: number,
  { row, label, format = String }: { row: number; label: string; format?: (value: number) => string },
): { options: PlotOptions; axes: Markish[] } {
  const longest = width < NARROW ? NARROW_LABEL : LONGEST_LABEL;
  const names = layers.map((layer) => layerTitle(layer, longest));
  const marginLeft = Math.ceil(Math.max(...names.map((name) => [...name].length)) * CHARACTER) + 14;
  const ticks = Math.max(2, Math.floor((width - marginLeft) / (width < NARROW ? 60 : 85)));
  const tall = layers.length > TALL;
  const valueAxis = { ticks, tickFormat: format, tickSize: 0, tickPadding: 6 };
  return {
    options: {
      width,
      height: layers.length * (tall ? 0.8 * row : row) + (tall ? 80 : 56),
      marginLeft,
      marginRight: 18,
      marginTop: tall ? 34 : 10,
      marginBottom: 46,
      style: { fontFamily: 'inherit', fontSize: '12px', background: 'transparent', color: 'var(--ink)' },
      y: { type: 'band', domain: layers.map((_, l) => l), padding: 0, round: false },
    },
    axes: [
      gridX({ ticks, stroke: 'var(--line)', strokeOpacity: 1 }),
      axisX({ ...valueAxis, anchor: 'bottom', label, labelArrow: 'none', labelAnchor: 'center', labelOffset: 38 }),
      ...(tall ? [axisX({ ...valueAxis, anchor: 'top', label: null })] : []),
      axisY({ tickSize: 0, tickPadding: 8, tickFormat: (l: number) => names[l] ?? '', label: null }),
    ],
  };
}

/** A tick's value with a true minus. */
export function tick(value: number): string {
  return trueMinus(String(Number(value.toPrecision(6))));
}
