import { type Design, storageOf } from '../kernels/design.js';
import { tilesInUse } from '../kernels/tiles.js';
import type { KernelCase } from './case.js';
import { meanCases, poolCases } from './cases/maps.js';
import { convolutionCases, groupedCases, linearCases, pointwiseCases } from './cases/products.js';
import { distanceCases, momentCases } from './cases/statistics.js';
import { transformerCases } from './cases/transformer.js';
import { viewCases } from './cases/views.js';
import { winogradCases } from './cases/winograd.js';
import { ENCODERS, type Use } from './use.js';

/** A case of every kernel that such a run may have. In a coarser precision it has those of f32 as well. */
export function casesOf({ design, encoder, blocks }: Use): KernelCase[] {
  const tiles = tilesInUse(design);
  const storages = [...new Set(['f32', storageOf(design.precision)] as const)];
  // What takes longest to compile comes first.
  return [
    ...storages.flatMap((storage) => [
      ...(encoder === 'transformer'
        ? [...transformerCases(design, storage), ...linearCases(tiles, storage)]
        : [...convolutionCases(tiles, storage), ...groupedCases(design, storage), ...poolCases(storage)]),
      ...distanceCases(storage, blocks),
      ...pointwiseCases(storage),
      ...meanCases(storage),
      ...momentCases(storage),
    ]),
    ...(design.precision === 'f32-winograd' ? winogradCases(design) : []),
    ...viewCases(),
  ];
}

/** A case of every kernel of these designs, whatever the encoder and the options. */
export function allCases(designs: readonly Design[]): KernelCase[] {
  const cases = designs.flatMap((design) => ENCODERS.flatMap((encoder) => casesOf({ design, encoder, blocks: true })));
  return [...new Map(cases.map((one) => [one.sized.kernel.code, one])).values()];
}
