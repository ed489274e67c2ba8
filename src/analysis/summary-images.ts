import type { ImageFacts, SetScores, UnitFacts } from './result.js';

const MOST = 12;
const LEAST = 12;
const WINNERS = 24;

/**
 * A set's images from most to least memorized at its last layer: by SSLMem, or by minus f's alignment without a
 * reference. Ties by position.
 */
export function rankImages(scores: SetScores): ImageFacts[] {
  const last = scores.layers.at(-1);
  if (last === undefined) return [];
  const values = last.sslmem ?? last.alignmentF.map((alignment) => -alignment);
  return Array.from(values, (score, position) => ({ score, position }))
    .sort((a, b) => b.score - a.score || a.position - b.position)
    .map(({ score, position }, place) => ({
      set: scores.set,
      position,
      index: scores.index[position]!,
      name: scores.names[position]!,
      label: scores.labels[position]!,
      rank: place + 1,
      score,
      picture: null,
    }));
}

/**
 * The images that a report shows, each once: both ends of the ranking (all images of a small set), then winners of the
 * top units that are not among them, best unit first.
 */
export function listImages(ranked: readonly ImageFacts[], units: readonly UnitFacts[]): ImageFacts[] {
  const ends = ranked.filter((_, place) => place < MOST || place >= ranked.length - LEAST);
  const shown = new Set(ends.map((image) => image.position));
  const winners = [...new Set(units.map((unit) => unit.image))].filter((position) => !shown.has(position));
  const byPosition = new Map(ranked.map((image) => [image.position, image]));
  return [...ends, ...winners.slice(0, WINNERS).map((position) => byPosition.get(position)!)];
}
