import { leadingContrast, presentSets, verdict, viewsNeverDiffer } from '../analysis/headline.js';
import type { Contrast, LayerResult, Report } from '../analysis/result.js';
import { NOTHING_TO_MEASURE } from './finding.js';
import { confidence, number, range, signed } from './format.js';
import { BELOW_ZERO, belowZero, DEAD, scoreFormula, UNITMEM_DIFFERENCE, withoutUnits } from './glossary.js';
import { layerTitle } from './layer-title.js';
import { textTable, wrap } from './table.js';

/** Colours, injected; each function may add only characters of no width. */
export interface Painter {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly warn: (text: string) => string;
}

/** Columns of a terminal that every line fits. */
export const WIDTH = 100;

const BAR = 14;

/** A layer's name takes at most this. */
const NODE = 22;

/** Beside a layer's bar. */
const VERDICTS = { shown: '', none: 'no memorization shown', reversed: 'below 0' } as const;

/** The leading contrast by depth, with a bar; empty without external images. */
export function contrastTable(report: Report, paint: Painter): string[] {
  const found = report.layers.flatMap((layer) => {
    const contrast = leadingContrast(layer);
    return contrast === null ? [] : [{ layer, contrast }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const largest = Math.max(...found.map(({ contrast }) => contrast.difference));
  const [title, ...rows] = textTable(
    [
      { title: 'layer', align: 'left', max: NODE },
      { title: 'differ.', align: 'right' },
      { title: `${confidence(report)} interval`, align: 'right' },
      { title: 'AUC', align: 'right' },
      { title: '', align: 'left' },
      { title: '', align: 'left' },
    ],
    found.map(({ layer, contrast }) =>
      viewsNeverDiffer(layer)
        ? [layerTitle(layer, NODE)]
        : [
            layerTitle(layer, NODE),
            signed(contrast.difference),
            range(contrast.interval),
            contrast.auc.toFixed(3),
            bar(contrast, largest),
            VERDICTS[verdict(contrast)],
          ],
    ),
    WIDTH,
  );
  const what =
    report.encoders.g === undefined
      ? `How much closer f keeps views of ${first.contrast.a} than of ${first.contrast.b} (alignment), by depth. AUC: chance that one of ${first.contrast.a} is kept closer than one of ${first.contrast.b}; 0.5 is chance.`
      : `LayerMem of ${first.contrast.a} − ${first.contrast.b}, by depth: above 0, f remembers ${first.contrast.a}. AUC: chance that an image of ${first.contrast.a} scores above one of ${first.contrast.b}; 0.5 is chance.`;
  return [
    ...wrap(what, WIDTH),
    paint.faint(title!),
    ...rows.map((row, i) => {
      const { layer, contrast } = found[i]!;
      if (viewsNeverDiffer(layer)) return `${row.padEnd(NODE)}  ${NOTHING_TO_MEASURE}`;
      return verdict(contrast) === 'shown' ? paint.strong(row) : row;
    }),
  ];
}

/** From 0 to the right; filled where the interval lies above 0. */
function bar(contrast: Contrast, largest: number): string {
  const share = largest > 0 ? Math.max(0, contrast.difference) / largest : 0;
  const cells = Math.round(share * BAR);
  const fill = verdict(contrast) === 'shown' ? '█' : '░';
  return `│${fill.repeat(cells)}`.padEnd(BAR + 1);
}

/** LayerMem of every set and Δ of the first; alignments without a reference. */
export function layerTable(report: Report, paint: Painter): string[] {
  const sets = presentSets(report.sets);
  const [first] = sets;
  if (first === undefined || report.layers.length === 0) return [];
  const withReference = report.encoders.g !== undefined;
  const value = (layer: LayerResult, set: (typeof sets)[number]) => {
    const found = layer.sets[set];
    if (found === undefined) return '';
    return withReference && found.layermem !== null ? signed(found.layermem) : number(found.alignment);
  };
  const delta = ({ sets: found }: LayerResult) => {
    const { delta: change, deltaInterval } = found[first] ?? {};
    return change == null || deltaInterval == null ? ['–', ''] : [signed(change), range(deltaInterval)];
  };
  const [title, ...rows] = textTable(
    [
      { title: 'layer', align: 'left', max: NODE },
      ...sets.map((set) => ({ title: set, align: 'right' }) as const),
      ...(withReference
        ? ([
            { title: 'Δ', align: 'right' },
            { title: `Δ ${confidence(report)}`, align: 'right' },
          ] as const)
        : []),
    ],
    report.layers.map((layer) => [
      layerTitle(layer, NODE),
      ...sets.map((set) => value(layer, set)),
      ...(withReference ? delta(layer) : []),
    ]),
    WIDTH,
  );
  const what = withReference
    ? `LayerMem of each set: how much closer f keeps an image's views than g does (${scoreFormula(report)}). A level common to all sets is a difference between the two encoders, not memory. Δ: change from its predecessor (report.html names it), on ${first}.`
    : "Alignment of each set: f's mean distance between two views of an image; smaller is closer.";
  return [...wrap(what, WIDTH), paint.faint(title!), ...rows];
}

/** Mean UnitMem of the first set's layers, beside that of as many external images where there are some. */
export function unitTable(report: Report, paint: Painter): string[] {
  const [first] = presentSets(report.sets);
  const layers = report.layers.filter((layer) => first !== undefined && layer.sets[first]?.unitmem != null);
  if (first === undefined || layers.length === 0) return [];
  const beside = layers.some((layer) => leadingContrast(layer)?.unitmem != null);
  const cells = (layer: LayerResult) => {
    const alone = layer.sets[first]!.unitmem!;
    const pair = leadingContrast(layer)?.unitmem;
    const means =
      pair == null
        ? [number(alone.mean)]
        : [number(pair.a), number(pair.b), signed(pair.difference), range(pair.interval)];
    return [layerTitle(layer, NODE), ...means, String(layer.units), String(alone.dead), String(belowZero(alone))];
  };
  const [title, ...rows] = textTable(
    [
      { title: 'layer', align: 'left', max: NODE },
      { title: first, align: 'right' },
      ...(beside
        ? ([
            { title: 'external', align: 'right' },
            { title: 'differ.', align: 'right' },
            { title: `${confidence(report)} interval`, align: 'right' },
          ] as const)
        : []),
      { title: 'units', align: 'right' },
      { title: 'dead', align: 'right' },
      { title: 'below 0', align: 'right' },
    ],
    layers.map(cells),
    WIDTH,
  );
  const n = beside
    ? layers.map((layer) => leadingContrast(layer)?.unitmem?.n).find((found) => found !== undefined)
    : report.sets[first]?.n;
  const what = `UnitMem, mean over a layer's units: how far one image stands out from the rest for a unit (0 not at all, 1 it alone), over ${n} images. It is never 0 by chance and grows with the number of images. ${beside ? UNITMEM_DIFFERENCE : 'Without external images beside it, a high value shows nothing.'}`;
  const legend = [DEAD, BELOW_ZERO].map(({ term, meaning }) => `${term}: ${meaning}`);
  return [
    ...wrap([what, ...legend, withoutUnits(report.layers)].join(' ').trim(), WIDTH),
    paint.faint(title!),
    ...rows,
  ];
}
