import { leadingContrast, verdict, viewsNeverDiffer } from './headline.js';
import type { LayerResult, SetName, SetScores, Warning } from './result.js';
import type { SummaryOptions } from './summary.js';

const ENOUGH_IMAGES = 64;
const ENOUGH_VIEWS = 4;

/** What a reader must know before trusting the numbers, most important first. */
export function warningsOf(
  sets: readonly SetScores[],
  layers: readonly LayerResult[],
  options: SummaryOptions,
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, value: number | string | null, message: string) =>
    warnings.push({ code, message, value });

  const images = sets.reduce((sum, { index }) => sum + index.length, 0);
  if (!options.compared) {
    warn(
      'NO_PAIRS',
      options.views,
      `With ${count(options.views, 'view')} per image there is nothing to compare: there are no alignments and no scores made of them. Read UnitMem, beside that of external images, or choose an augmentation.`,
    );
  }
  if (options.sameEncoder) {
    warn(
      'SAME_ENCODER',
      images,
      `f and g are the same encoder, in one file or in two, so every score against g is 0 by construction, of ${images === 1 ? 'the one image' : `all ${images} images`}. Give another g.`,
    );
  }
  const hasReference = sets.some((scores) => scores.layers.some((layer) => layer.sslmem !== null));
  if (options.compared && sets.length > 0 && !hasReference) {
    warn(
      'NO_REFERENCE',
      1,
      'There is 1 encoder and no reference: alignments of f stand in the place of SSLMem and LayerMem. Give --reference where you can.',
    );
  }
  if (!sets.some((scores) => scores.set === 'external')) {
    warn(
      'NO_CONTROL',
      0,
      'There are 0 external images (in the training set of no encoder) to hold the others against. Give --external.',
    );
  }
  warnOfInterval(layers, warn);
  const few = sets.filter((scores) => scores.index.length < ENOUGH_IMAGES);
  if (few.length > 0) {
    warn(
      'FEW_IMAGES',
      Math.min(...few.map((scores) => scores.index.length)),
      `${few.map(counted).join(', ')}: use at least ${ENOUGH_IMAGES}${few.length > 1 ? ' of each' : ''}. With fewer images intervals are wide, and UnitMem depends on their number.`,
    );
  }
  if (options.compared && options.views < ENOUGH_VIEWS) {
    warn(
      'FEW_VIEWS',
      options.views,
      `${count(options.views, 'view')} per image: scores of single images are mostly noise. Use --views 10.`,
    );
  }
  const first = sets[0]?.set;
  if (first !== undefined) warnOfUnits(layers, first, warn);
  return warnings;
}

type Warn = (code: string, value: number | string | null, message: string) => void;

function warnOfInterval(layers: readonly LayerResult[], warn: Warn): void {
  const last = layers.at(-1);
  const contrast = last === undefined ? null : leadingContrast(last);
  if (last === undefined || contrast === null || verdict(contrast) !== 'none' || viewsNeverDiffer(last)) return;
  const others = layers.filter((layer) => {
    const leading = leadingContrast(layer);
    return layer !== last && leading !== null && verdict(leading) === 'none';
  });
  const [low, high] = contrast.interval;
  const more = others.length === 0 ? '' : `, as ${others.length} of the ${layers.length - 1} before it do`;
  warn(
    'INTERVAL_CONTAINS_ZERO',
    contrast.difference,
    `The interval at ${last.node}, ${short(low)} to ${short(high)}, contains 0${more}: it shows no memorization. More images would narrow it.`,
  );
}

function warnOfUnits(layers: readonly LayerResult[], set: SetName, warn: Warn): void {
  const total = layers.reduce((sum, layer) => sum + (layer.sets[set]?.unitmem ? layer.units : 0), 0);
  const tally = (of: (layer: LayerResult) => number) => {
    const counts = layers.map(of);
    const most = counts.indexOf(Math.max(...counts));
    return { sum: counts.reduce((a, b) => a + b, 0), worst: `${layers[most]?.node}: ${counts[most]}` };
  };
  const dead = tally((layer) => layer.sets[set]?.unitmem?.dead ?? 0);
  if (dead.sum > 0) {
    warn(
      'DEAD_UNITS',
      dead.sum,
      `${dead.sum} of ${total} units are 0 on all ${set} (most at ${dead.worst}). They count as UnitMem 0; if they are many, check the weights and the input's normalisation.`,
    );
  }
  const belowZero = ({ sets }: LayerResult) =>
    (sets[set]?.unitmem?.mixedSign ?? 0) + (sets[set]?.unitmem?.negative ?? 0);
  const signed = tally(belowZero);
  const sound = layers.findLast((layer) => layer.sets[set]?.unitmem && belowZero(layer) === 0);
  if (signed.sum > 0) {
    warn(
      'MIXED_SIGN_UNITS',
      signed.sum,
      `${signed.sum} of ${total} units have means below 0 on ${set} (most at ${signed.worst}). Their UnitMem may leave [0, 1], and means of it say little: ${sound ? `read it at layers such as ${sound.node}, or ` : ''}compare medians.`,
    );
  }
}

/** Two digits, a true minus. */
function short(value: number): string {
  return String(Number(value.toPrecision(2))).replace('-', '−');
}

function counted({ set, index: { length } }: SetScores): string {
  return set === 'candidates' ? count(length, 'candidate') : `${length} ${set}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
