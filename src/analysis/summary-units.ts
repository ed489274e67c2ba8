import { type UnitRest, unitMem } from '../metrics/unitmem.js';
import { hasHeadlineUnits } from './headline.js';
import type { LayerScores, SetScores, UnitFacts } from './result.js';
import type { LayerFacts } from './summary.js';

const TOP_UNITS = 24;

/**
 * The units of a set with the highest UnitMem, at the headline layers (at all layers with units where none of those was
 * tapped). Units whose means have both signs come after all others: their UnitMem is ill-conditioned, and the larger
 * it is the less it says. Ties by layer, then by unit.
 */
export function topUnits(scores: SetScores, layers: readonly LayerFacts[], rest: UnitRest): UnitFacts[] {
  const measured = scores.layers.filter((layer) => layer.unitmem.length > 0);
  const headline = new Set(layers.filter(hasHeadlineUnits).map((layer) => layer.node));
  const chosen = measured.some((layer) => headline.has(layer.node))
    ? measured.filter((layer) => headline.has(layer.node))
    : measured;
  return unitsInOrder(chosen.flatMap((layer) => unitFacts(layer, rest))).slice(0, TOP_UNITS);
}

/** The highest UnitMem first; those with means of both signs after all others. Ties stay in the order given. */
export function unitsInOrder(units: readonly UnitFacts[]): UnitFacts[] {
  return [...units].sort((a, b) => Number(a.mixedSign) - Number(b.mixedSign) || b.unitmem - a.unitmem);
}

/** Every unit of a layer with the image that it answers to most, and the next one. */
export function unitFacts(layer: LayerScores, rest: UnitRest): UnitFacts[] {
  const found = unitMem(layer.mu, layer.units, rest);
  return Array.from(found.unitmem, (unitmem, unit) => {
    const [mean, runnerUpMean] = [found.max[unit]!, found.runnerUpMean[unit]!];
    return {
      node: layer.node,
      unit,
      unitmem,
      image: found.argmax[unit]!,
      mean,
      runnerUp: found.runnerUp[unit]!,
      runnerUpMean,
      margin: mean === 0 ? 0 : (mean - runnerUpMean) / Math.abs(mean),
      mixedSign: found.sign[unit] === 'mixed',
    };
  });
}
