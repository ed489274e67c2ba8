import type { LayerScores, SetScores, UnitFacts } from '../../analysis/result.js';
import { unitFacts, unitsInOrder } from '../../analysis/summary-units.js';
import type { UnitRest } from '../../metrics/unitmem.js';
import type { Details, ImageAtLayer, ListedImage } from '../../report/details.js';

/**
 * Every unit and image of a set that was just analysed. Unit means are read layer by layer when they are asked for: of
 * many images they lie in files, and hold until another layer's are.
 * @param picture of an image, by its position
 */
export function scoreDetails(
  scores: SetScores,
  rest: UnitRest,
  picture: (position: number) => Promise<string | null>,
): Details {
  const layers = new Map(scores.layers.map((layer) => [layer.node, layer]));
  const facts = new Map<string, readonly UnitFacts[]>();
  const unitsOf = (layer: LayerScores): readonly UnitFacts[] => {
    let found = facts.get(layer.node);
    if (!found) {
      found = layer.unitmem.length === 0 ? [] : unitsInOrder(unitFacts(layer, rest));
      facts.set(layer.node, found);
    }
    return found;
  };
  const ranks = new Map<string, Uint32Array>();
  const ranksAt = (layer: LayerScores): Uint32Array => {
    let found = ranks.get(layer.node);
    if (!found) {
      found = ranksOf(scoresAt(layer));
      ranks.set(layer.node, found);
    }
    return found;
  };
  const last = scores.layers.at(-1);
  const ofLast = last && scoresAt(last);
  const listed = (position: number): ListedImage => ({
    position,
    name: scores.names[position]!,
    label: scores.labels[position]!,
    rank: last ? ranksAt(last)[position]! : 1,
    score: ofLast ? ofLast[position]! : 0,
  });
  return {
    complete: true,
    async units(node) {
      const layer = layers.get(node);
      return layer ? unitsOf(layer) : [];
    },
    async unitImages(node, unit, most) {
      const layer = layers.get(node);
      if (!layer || layer.unitmem.length === 0) return [];
      const { mu, units } = layer;
      const means = scores.names.map((_, position) => ({ position, mean: mu[position * units + unit]! }));
      return means.sort((a, b) => b.mean - a.mean || a.position - b.position).slice(0, most);
    },
    images: async () => scores.names.map((_, position) => listed(position)).sort((a, b) => a.rank - b.rank),
    async image(position) {
      if (scores.names[position] === undefined) return null;
      const at = scores.layers.map(
        (layer): ImageAtLayer => ({
          node: layer.node,
          score: scoresAt(layer)[position]!,
          rank: ranksAt(layer)[position]!,
        }),
      );
      const held = scores.layers.flatMap((layer) => unitsOf(layer).filter(({ image }) => image === position));
      return { ...listed(position), layers: at, units: unitsInOrder(held) };
    },
    picture,
  };
}

function scoresAt({ sslmem, alignmentF }: LayerScores): Float64Array {
  return sslmem ?? alignmentF.map((alignment) => -alignment);
}

/** From 1; ties by position, as a report ranks. */
function ranksOf(values: Float64Array): Uint32Array {
  const order = Uint32Array.from(values, (_, position) => position).sort((a, b) => values[b]! - values[a]! || a - b);
  const ranks = new Uint32Array(values.length);
  order.forEach((position, place) => {
    ranks[position] = place + 1;
  });
  return ranks;
}
