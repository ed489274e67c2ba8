import { expect, test } from 'vitest';
import { printTune } from '../../bench/print-tune.js';
import { parseShape } from '../../bench/shapes.js';
import { chooseTiles, type ShapeTimes, timeTiles, tunedShapes } from '../../bench/tune.js';
import { nullGpu } from '../../src/gpu/null.js';
import { productOf } from '../../src/kernels/conv.js';
import { tilingFor } from '../../src/kernels/design.js';
import { candidateTiles, kindOf } from '../../src/kernels/tiles.js';

/** @param speedups of tiles a (the table's), b and c */
function times(kind: string, ...speedups: [number, number, number]): ShapeTimes {
  const tiles = speedups.map((speedup, i) => ({ tile: 'abc'[i]!, ms: 10 / speedup, speedup }));
  return { name: `shape of ${kind}`, kind, table: 'a', tiles };
}

test('the fastest tile of a kind is chosen by the geometric mean over its shapes', () => {
  const choices = chooseTiles([times('k', 1, 4, 1.5), times('k', 1, 0.5, 1.5), times('other', 1, 1.2, 0.9)]);
  expect(choices).toEqual([
    { kind: 'k', table: 'a', chosen: 'c', speedup: expect.closeTo(1.5) },
    { kind: 'other', table: 'a', chosen: 'b', speedup: expect.closeTo(1.2) },
  ]);
});

test('a tile that is not clearly faster does not replace the table’s', () => {
  expect(chooseTiles([times('k', 1, 1.02, 0.8)])).toEqual([{ kind: 'k', table: 'a', chosen: 'a', speedup: 1 }]);
});

test.each(['software', 'hardware'] as const)(
  'the shapes for %s are of every kind that the table tells apart',
  (kind) => {
    const base = nullGpu().facts;
    const adapters =
      kind === 'software'
        ? [tilingFor(base)]
        : (['nvidia', 'intel'] as const).map((vendor) => tilingFor({ ...base, kind, vendor, subgroups: null }));
    const shapes = tunedShapes(kind).map(({ text }) => productOf(parseShape(text)));
    for (const tiling of adapters) {
      const every = [1, 16, 49, 196, 784].flatMap((rows) =>
        [1, 64].map((columns) => kindOf({ rows, columns, channels: 64, kernel: 3 }, tiling)),
      );
      const measured = new Set(shapes.map((product) => kindOf(product, tiling)));
      for (const name of every) {
        // Few rows and few channels: next to no work in any encoder.
        if (name !== 'rows ≥ 1, columns ≥ 1') expect(measured).toContain(name);
      }
    }
  },
);

test('every candidate is timed on every shape, the table’s first, and printed', async () => {
  const gpu = nullGpu();
  const shapes = tunedShapes('software').slice(-1);
  const names: string[] = [];
  const found = await timeTiles(gpu, shapes, 1, (name) => names.push(name));
  expect(names).toEqual(['gemm 64x1024x256']);
  expect(found).toHaveLength(1);
  expect(found[0]!.tiles).toHaveLength(candidateTiles(tilingFor(gpu.facts)).length);
  expect(found[0]!.tiles[0]).toMatchObject({ tile: found[0]!.table, speedup: 1 });

  const shown = {
    ...found[0]!,
    tiles: [
      { tile: 'quad 16x16', ms: 4, speedup: 1 },
      { tile: 'quad 12x16', ms: 2, speedup: 2 },
    ],
  };
  const choices = chooseTiles([{ ...shown, table: 'quad 16x16' }]);
  const plain = { strong: String, faint: String, warn: String };
  const report = {
    schema: 'memgpu-tune/1',
    adapter: gpu.facts,
    repeats: 1,
    shapes: [shown],
    choices,
    file: 'F',
  } as const;
  const text = printTune(report, plain, 100).join('\n');
  expect(text).toContain('× 2.00');
  expect(text).toContain('1 of 1 differ from the table');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
