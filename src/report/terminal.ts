import { presentSets } from '../analysis/headline.js';
import type { Report, Warning } from '../analysis/result.js';
import { findingOf } from './finding.js';
import { signed } from './format.js';
import { higherSays } from './glossary.js';
import { LONGEST_NOTICE, noticesOf, WARNINGS_TITLE } from './notices.js';
import { precisionLine } from './precision.js';
import { textTable, truncate, wrap } from './table.js';
import { contrastTable, layerTable, type Painter, unitTable, WIDTH } from './terminal-tables.js';
import { lastComponent, pathEnd, shorten } from './text.js';

export type { Painter };

const PLAIN: Painter = { strong: (text) => text, faint: (text) => text, warn: (text) => text };

const TOP_IMAGES = 5;
/** Of an image's name. */
const IMAGE = 60;

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
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
    .map((line) => line.replaceAll('\u00a0', ' '));
}

function header(report: Report, paint: Painter): string[] {
  const { f, g } = report.encoders;
  const { settings } = report;
  const sets = presentSets(report.sets).map((name) => `${report.sets[name]!.n} ${name}`);
  const run = [
    `images: ${sets.join(', ')}`,
    `${settings.views} views (${typeof settings.augment === 'string' ? settings.augment : 'own augmentation'})`,
    ...(settings.tokens === 'all' || settings.tokens === undefined ? [] : [`tokens ${settings.tokens}`]),
    `seed ${settings.seed}`,
    `mode ${report.mode}`,
  ];
  return [
    paint.strong(
      truncate(
        visible(
          `memgpu ${report.memgpu}: ${[f, ...(g === undefined ? [] : [g])].map(({ file }) => lastComponent(file)).join(' against ')}`,
        ),
        WIDTH,
      ),
    ),
    ...wrap(
      `${f.family}, ${f.parameters.toLocaleString('en-US')} parameters, on ${shorten(visible(report.adapters.map((a) => a.name).join(', ')), LONGEST_NOTICE)}`,
      WIDTH,
    ).map(paint.faint),
    ...wrap(run.join(' · '), WIDTH).map(paint.faint),
    ...(report.precision === undefined ? [] : wrap(precisionLine(report.precision), WIDTH).map(paint.faint)),
  ];
}

/** The finding in words. */
function verdictLines(report: Report, paint: Painter): string[] {
  const { headline, reading } = findingOf(report);
  const lines = wrap(headline, WIDTH).map(paint.strong);
  return reading.length === 0 ? lines : [...lines, ...wrap(reading.join(' '), WIDTH)];
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
      { title: 'image', align: 'left', max: IMAGE },
    ],
    most.map((image) => [
      String(image.rank),
      signed(image.score),
      visible(image.label ?? '–'),
      pathEnd(visible(image.name), IMAGE),
    ]),
    WIDTH,
  );
  const measure = report.encoders.g === undefined ? 'minus the alignment' : 'SSLMem';
  return [
    ...wrap(
      `Highest of ${first.set} by ${measure} at ${shorten(visible(last.node))} (${higherSays(report)}). Single images are far less certain than the mean.`,
      WIDTH,
    ),
    paint.faint(title!),
    ...rows,
  ];
}

/** File names are others' text: control characters must not reach a terminal. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�');
}

function warningLines(report: Report, paint: Painter): string[] {
  const { warnings, notes } = noticesOf(report);
  const lines = ({ code, message }: Warning, lead: string) =>
    wrap(`${lead}${shorten(visible(message), LONGEST_NOTICE)} (${visible(code)})`, WIDTH, '  ');
  return [
    ...(warnings.length > 0 ? [`${WARNINGS_TITLE}:`] : []),
    ...warnings.flatMap((warning) => lines(warning, '- ')).map(paint.warn),
    ...notes.flatMap((note) => lines(note, 'Note: ')).map(paint.faint),
  ];
}
