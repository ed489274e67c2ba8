import type { ImageFacts, SetScores, UnitFacts } from './result.js';

const MOST = 12;
const LEAST = 12;
const WINNERS = 24;

/**
 * The images of a set that a report shows, each once: both ends of the ranking by the last layer's SSLMem, or by minus f's
 * alignment without a reference (all images of a small set; ties by position), then winners of the top units that are
 * not among them, best unit first.
 */
export function listImages(scores: SetScores, units: readonly UnitFacts[]): ImageFacts[] {
  const last = scores.layers.at(-1);
  if (last === undefined) return [];
  const values = last.sslmem ?? last.alignmentF.map((alignment) => -alignment);
  const order = Uint32Array.from(values, (_, position) => position).sort((a, b) => values[b]! - values[a]! || a - b);
  const ends = [...order].filter((_, place) => place < MOST || place >= order.length - LEAST);
  const shown = new Set(ends);
  const winners = [...new Set(units.map((unit) => unit.image))].filter((position) => !shown.has(position));
  return [...ends, ...winners.slice(0, WINNERS)].map((position) => ({
    set: scores.set,
    position,
    index: scores.index[position]!,
    name: scores.names[position]!,
    label: scores.labels[position]!,
    rank: order.indexOf(position) + 1,
    score: values[position]!,
    picture: null,
  }));
}
