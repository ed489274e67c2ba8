import { leadingContrast, presentSets, verdict } from '../analysis/headline.js';
import type { Contrast, LayerResult, Report } from '../analysis/result.js';
import { confidence, range, signed } from './format.js';
import { textTable, truncate, wrap } from './table.js';
import { contrastTable, layerTable, type Painter, unitTable, WIDTH } from './terminal-tables.js';

export type { Painter };

const PLAIN: Painter = { strong: (text) => text, faint: (text) => text, warn: (text) => text };

const TOP_IMAGES = 5;
const SHOWN_WARNINGS = 6;

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
    paint.strong(
      truncate(visible(`memgpu ${report.memgpu}: ${f.file}${g === undefined ? '' : ` against ${g.file}`}`), WIDTH),
    ),
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
