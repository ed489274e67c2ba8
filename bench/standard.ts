import { MemgpuError } from '../src/errors.js';
import { globToRegex } from '../src/graph/taps.js';
import type { MeasuredTiles } from '../src/kernels/tiles.js';
import type { Model } from '../src/models/load.js';
import { didYouMean } from '../src/nearest.js';
import { analysisCases } from './analysis.js';
import type { Case } from './case.js';
import { convolutionCases } from './convolutions.js';
import { mapCases } from './maps.js';
import { transformerCases } from './transformers.js';
import { winogradCases } from './winograd.js';

/**
 * Every kernel that matters, in sizes that a CPU or a GPU takes milliseconds for; no buffer is larger than every adapter
 * can bind (128 MiB).
 * @param tiles that were measured on the adapter
 */
export function standardCases(resnet9: Model, kind: 'software' | 'hardware', tiles?: MeasuredTiles): Case[] {
  return [
    ...convolutionCases(resnet9, kind, tiles),
    ...winogradCases(kind),
    ...transformerCases(kind),
    ...mapCases(kind),
    ...analysisCases(kind),
  ];
}

/**
 * What patterns of the command line name, in the list's own order; `*` stands for any run of characters, `?` for one.
 * @param patterns separated by commas
 * @throws BAD_OPTION naming a near name where one of them names nothing
 */
export function choose<T extends { readonly name: string }>(all: readonly T[], flag: string, patterns: string): T[] {
  const chosen = new Set<T>();
  for (const pattern of patterns.split(',')) {
    const regex = globToRegex(pattern);
    const matches = all.filter(({ name }) => regex.test(name));
    if (matches.length === 0) throw namesNothing(all, flag, pattern);
    for (const match of matches) chosen.add(match);
  }
  return all.filter((one) => chosen.has(one));
}

function namesNothing(all: readonly { readonly name: string }[], flag: string, pattern: string): MemgpuError {
  const names = all.map(({ name }) => name);
  const guess = didYouMean(pattern, names, (name) => `'${name}'`);
  return new MemgpuError('BAD_OPTION', `${flag}: '${pattern}' names none of the ${all.length}`, {
    hint: guess ?? `Such as '${names[0]}'; '*' stands for any characters.`,
  });
}
