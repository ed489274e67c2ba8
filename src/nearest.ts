/** A longer word is cut before it is compared: it comes from a user, and the distance costs its length. */
const MOST_COMPARED = 60;

/**
 * The known word with the smallest edit distance (case ignored), the first of equals; undefined where none is near: within
 * half of the word's length, and 2 for short ones.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.slice(0, MOST_COMPARED).toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return bestDistance <= Math.max(2, wanted.length / 2) ? best : undefined;
}

/** A hint at the nearest word; undefined where none is near. @param show how a word is shown */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  show: (word: string) => string = (plain) => plain,
): string | undefined {
  const guess = nearest(word, known);
  return guess === undefined ? undefined : `Did you mean ${show(guess)}?`;
}

/** Levenshtein's distance: insertions, deletions and substitutions cost 1. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitution));
    }
    row = next;
  }
  return row[b.length]!;
}
