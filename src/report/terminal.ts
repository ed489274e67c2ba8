import { leadingContrast, presentSets, verdict } from '../analysis/headline.js';
import type { Contrast, Interval, LayerResult, Report } from '../analysis/result.js';
import { textTable, truncate, wrap } from './table.js';

/** Colours, injected; each function may add only characters of no width. */
export interface Painter {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly warn: (text: string) => string;
}

const PLAIN: Painter = { strong: (text) => text, faint: (text) => text, warn: (text) => text };

const WIDTH = 100;
const BAR = 14;
const TOP_IMAGES = 5;
const SHOWN_WARNINGS = 6;

/** Between columns and rows of the tables: a layer's name takes at most this. */
const NODE = 22;

/**
 * The summary of a run for a terminal: at most 100 columns, to be understood without the paper at hand. What leads is
 * the contrast to external images; then LayerMem of every set, UnitMem, the most memorized images, warnings.
 */
export function terminalSummary(report: Report, paint: Painter = PLAIN): string[] {
  const sections = [
    header(report, paint),
    verdictLines(report, paint),
    contrastTable(report, paint),
    layerTable(report, paint),
    unitTable(report, paint),
    imageLines(report, paint),
    warningLines(report, paint),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function header(report: Report, paint: Painter): string[] {
  const { f, g } = report.encoders;
  const { settings } = report;
  const sets = presentSets(report.sets).map((name) => `${report.sets[name]!.n} ${name}`);
  const run = [
    `images: ${sets.join(', ')}`,
    `${settings.views} views (${typeof settings.augment === 'string' ? settings.augment : 'own augmentation'})`,
    `seed ${settings.seed}`,
    `mode ${report.mode}`,
  ];
  return [
    paint.strong(truncate(`memgpu ${report.memgpu}: ${f.file}${g === undefined ? '' : ` against ${g.file}`}`, WIDTH)),
    ...wrap(
      `${f.family}, ${f.parameters.toLocaleString('en-US')} parameters, on ${report.adapters.map((a) => a.name).join(', ')}`,
      WIDTH,
    ).map(paint.faint),
    ...wrap(run.join(' · '), WIDTH).map(paint.faint),
  ];
}

/** The finding in words. */
function verdictLines(report: Report, paint: Painter): string[] {
  const last = report.layers.at(-1);
  if (last === undefined) return [];
  const lines: string[] = [];
  const contrast = leadingContrast(last);
  if (contrast === null) {
    lines.push(
      ...wrap(
        'No verdict on memorization: without external images (in the training set of no encoder) the numbers below cannot tell memory from other differences.',
        WIDTH,
      ).map(paint.strong),
    );
  } else {
    lines.push(...wrap(finding(report, last, contrast), WIDTH).map(paint.strong));
  }
  if (report.encoders.g === undefined) {
    lines.push(
      ...wrap(
        'One encoder alone: alignment and UnitMem only. It cannot show whether easy images merely look remembered; LayerMem needs a second encoder trained without these images (--reference).',
        WIDTH,
      ),
    );
  }
  return lines;
}

/** Without a reference a difference between sets is only consistent with memory: one set's images may be easier. */
const FINDINGS = {
  withReference: {
    shown: 'Memorization shown.',
    none: 'No memorization shown.',
    reversed: 'No memorization shown.',
  },
  alone: {
    shown: 'Consistent with memorization, which one encoder alone cannot prove.',
    none: 'No memorization shown.',
    reversed: 'No memorization shown.',
  },
} as const;

const INTERVAL_SAYS = { shown: 'above 0', none: 'which contains 0', reversed: 'which lies below 0' } as const;

function finding(report: Report, last: LayerResult, contrast: Contrast): string {
  const found = verdict(contrast);
  const alone = report.encoders.g === undefined;
  const measure = alone ? 'minus the alignment' : 'LayerMem';
  const shown = report.layers.filter((layer) => verdictOf(layer) === 'shown');
  const first = shown.length === 0 ? '' : `, the first at ${shown[0]!.node}`;
  return [
    FINDINGS[alone ? 'alone' : 'withReference'][found],
    `At the last layer, ${last.node}, ${contrast.a} − ${contrast.b} in ${measure} is ${signed(contrast.difference)},`,
    `${confidence(report)} interval ${range(contrast.interval)}, ${INTERVAL_SAYS[found]}.`,
    `Layers whose interval lies above 0: ${shown.length} of ${report.layers.length}${first}.`,
  ].join(' ');
}

function verdictOf(layer: LayerResult): ReturnType<typeof verdict> | null {
  const contrast = leadingContrast(layer);
  return contrast === null ? null : verdict(contrast);
}

/** Beside a layer's bar. */
const VERDICTS = { shown: '', none: 'no memorization shown', reversed: 'below 0' } as const;

function contrastTable(report: Report, paint: Painter): string[] {
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
    found.map(({ layer, contrast }) => [
      layer.node,
      signed(contrast.difference),
      range(contrast.interval),
      contrast.auc.toFixed(3),
      bar(contrast, largest),
      VERDICTS[verdict(contrast)],
    ]),
    WIDTH,
  );
  const what =
    report.encoders.g === undefined
      ? `How much closer f keeps views of ${first.contrast.a} than of ${first.contrast.b} (alignment), by depth. AUC: chance that one of ${first.contrast.a} is kept closer than one of ${first.contrast.b}; .5 is chance.`
      : `LayerMem of ${first.contrast.a} − ${first.contrast.b}, by depth: above 0, f remembers ${first.contrast.a}. AUC: chance that an image of ${first.contrast.a} scores above one of ${first.contrast.b}; .5 is chance.`;
  return [
    ...wrap(what, WIDTH),
    paint.faint(title!),
    ...rows.map((row, i) => (verdict(found[i]!.contrast) === 'shown' ? paint.strong(row) : row)),
  ];
}

/** From 0 to the right; filled where the interval lies above 0. */
function bar(contrast: Contrast, largest: number): string {
  const share = largest > 0 ? Math.max(0, contrast.difference) / largest : 0;
  const cells = Math.round(share * BAR);
  const fill = verdict(contrast) === 'shown' ? '█' : '░';
  return `│${fill.repeat(cells)}`.padEnd(BAR + 1);
}

function layerTable(report: Report, paint: Painter): string[] {
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
      layer.node,
      ...sets.map((set) => value(layer, set)),
      ...(withReference ? delta(layer) : []),
    ]),
    WIDTH,
  );
  const what = withReference
    ? `LayerMem of each set: how much closer f keeps an image's views than g does (${formula(report)}). A level common to all sets is a difference between the two encoders, not memory. Δ: change from the layer before, on ${first}.`
    : "Alignment of each set: f's mean distance between two views of an image; smaller is closer.";
  return [...wrap(what, WIDTH), paint.faint(title!), ...rows];
}

function formula(report: Report): string {
  const { score } = report.settings;
  if (score === 'difference') return 'A_g − A_f; A is the mean distance between views';
  if (score === 'range') return '(A_g − A_f) over its range in the set; A is the mean distance between views';
  return '(A_g − A_f)/(A_g + A_f), −1 to 1; A is the mean distance between views';
}

function unitTable(report: Report, paint: Painter): string[] {
  const [first] = presentSets(report.sets);
  const layers = report.layers.filter((layer) => first !== undefined && layer.sets[first]?.unitmem != null);
  if (first === undefined || layers.length === 0) return [];
  const beside = layers.some((layer) => leadingContrast(layer)?.unitmem != null);
  const cells = (layer: LayerResult) => {
    const alone = layer.sets[first]!.unitmem!;
    const pair = leadingContrast(layer)?.unitmem;
    const means = pair == null ? [number(alone.mean)] : [number(pair.a), number(pair.b), signed(pair.a - pair.b)];
    return [layer.node, ...means, String(layer.units), String(alone.dead), String(alone.mixedSign + alone.negative)];
  };
  const [title, ...rows] = textTable(
    [
      { title: 'layer', align: 'left', max: NODE },
      { title: first, align: 'right' },
      ...(beside
        ? ([
            { title: 'external', align: 'right' },
            { title: 'differ.', align: 'right' },
          ] as const)
        : []),
      { title: 'units', align: 'right' },
      { title: 'dead', align: 'right' },
      { title: 'negative', align: 'right' },
    ],
    layers.map(cells),
    WIDTH,
  );
  const n = beside
    ? layers.map((layer) => leadingContrast(layer)?.unitmem?.n).find((found) => found !== undefined)
    : report.sets[first]?.n;
  const what = `UnitMem, mean over a layer's units: how far one image stands out from the rest for a unit (0 not at all, 1 it alone), over ${n} images. It is never 0 by chance and grows with the number of images: ${beside ? 'only what exceeds external images counts.' : 'without external images beside it, a high value shows nothing.'}`;
  return [...wrap(what, WIDTH), paint.faint(title!), ...rows];
}

function imageLines(report: Report, paint: Painter): string[] {
  const most = report.images.filter((image) => image.rank <= TOP_IMAGES);
  const [first] = most;
  const last = report.layers.at(-1);
  if (first === undefined || last === undefined) return [];
  const [title, ...rows] = textTable(
    [
      { title: 'rank', align: 'right' },
      { title: 'score', align: 'right' },
      { title: 'label', align: 'left', max: 16 },
      { title: 'image', align: 'left', max: 60 },
    ],
    most.map((image) => [String(image.rank), signed(image.score), visible(image.label ?? '–'), visible(image.name)]),
    WIDTH,
  );
  const measure = report.encoders.g === undefined ? 'minus the alignment' : 'SSLMem';
  return [
    ...wrap(
      `Highest of ${first.set} by ${measure} at ${last.node}; single images are far less certain than the mean.`,
      WIDTH,
    ),
    paint.faint(title!),
    ...rows,
  ];
}

/** File names are others' text: control characters must not reach a terminal. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
}

function warningLines(report: Report, paint: Painter): string[] {
  const shown = report.warnings.slice(0, SHOWN_WARNINGS);
  const left = report.warnings.length - shown.length;
  return [
    ...shown.flatMap(({ code, message }) => wrap(`${code}: ${visible(message)}`, WIDTH, '  ')).map(paint.warn),
    ...(left > 0 ? [`${left} more in report.json`] : []),
  ];
}

function confidence(report: Report): string {
  const share = report.settings.confidence;
  return typeof share === 'number' ? `${Number((share * 100).toFixed(4))} %` : '';
}

function number(value: number): string {
  if (value === 0) return '0.0000';
  return Math.abs(value) >= 100 ? value.toPrecision(5) : value.toFixed(4);
}

function signed(value: number): string {
  const text = number(Math.abs(value));
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

function range([low, high]: Interval): string {
  return `[${signed(low)}, ${signed(high)}]`;
}
