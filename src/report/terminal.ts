import { presentSets } from '../analysis/headline.js';
import type { Report } from '../analysis/result.js';
import { findingOf, NO_VERDICT, ONE_ENCODER } from './finding.js';
import { signed } from './format.js';
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
  if (report.layers.length === 0) return [];
  const found = findingOf(report);
  const text = found === null ? NO_VERDICT : `${found.statement} ${found.evidence}`;
  const lines = wrap(text, WIDTH).map(paint.strong);
  return report.encoders.g === undefined ? [...lines, ...wrap(ONE_ENCODER, WIDTH)] : lines;
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
