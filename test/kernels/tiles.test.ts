import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ADAPTER_CLASSES, type AdapterClass } from '../../src/kernels/adapter-class.js';
import { convKernel, productOf } from '../../src/kernels/conv.js';
import { FAMILIES, type Family } from '../../src/kernels/family.js';
import { fits, type Tile, type TileLimits, tileBytes, tileInvocations, tileName } from '../../src/kernels/tile.js';
import { candidateTiles, kindOf, LEAST_LIMITS, plainTile, tileFor, tileNamed } from '../../src/kernels/tiles.js';

const DEFAULT_LIMITS: TileLimits = { invocations: 256, bytes: 16_384 };
const PLAIN = { bias: false, affine: false, relu: false, gelu: false, residual: false, reluAfterAdd: false };

const families = fc.constantFrom(...FAMILIES);
const classes = fc.constantFrom(...ADAPTER_CLASSES);
const products = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 200_000 })),
  columns: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 4096 })),
  channels: fc.integer({ min: 1, max: 4096 }),
  kernel: fc.integer({ min: 1, max: 16 }),
});
const limits = fc.record({
  invocations: fc.integer({ min: LEAST_LIMITS.invocations, max: 2048 }),
  bytes: fc.integer({ min: LEAST_LIMITS.bytes, max: 2 ** 17 }),
});
const tilings = fc.record({ family: families, adapter: classes, limits, tiles: fc.constant({}) });

test('every tile that the table gives is of the family, and fits the limits', () => {
  fc.assert(
    fc.property(products, tilings, (product, tiling) => {
      const tile = tileFor(product, tiling);
      expect(tile.family).toBe(tiling.family);
      expect(fits(tile, tiling.limits)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

/** rows, columns → class → tile */
test.each<[number, number, Family, AdapterClass, string]>([
  [3136, 64, 'tile', 'discrete', 'tile 128x64 8x8/16'],
  [784, 512, 'tile', 'discrete', 'tile 128x64 8x8/16'],
  [12544, 32, 'tile', 'discrete', 'tile 128x32 8x4/16'],
  [196, 256, 'tile', 'discrete', 'tile 64x64 8x8/16'],
  [49, 512, 'tile', 'discrete', 'tile 64x64 8x8/16'],
  [16, 256, 'tile', 'discrete', 'tile 32x64 4x8/16'],
  [64, 16, 'tile', 'discrete', 'tile 32x32 4x4/16'],
  [1, 1000, 'tile', 'discrete', 'tile 16x64 2x4/16'],
  [1, 10, 'tile', 'discrete', 'tile 32x32 4x4/16'],
  [3136, 64, 'tile', 'integrated', 'tile 32x64 4x4/16'],
  [3136, 16, 'tile', 'integrated', 'tile 64x32 4x4/16'],
  [49, 512, 'tile', 'integrated', 'tile 32x32 4x4/16'],
  [1, 1000, 'tile', 'integrated', 'tile 16x64 2x4/16'],
  [1024, 64, 'quad', 'cpu', 'quad 16x16'],
  [1, 10, 'quad', 'cpu', 'quad 16x16'],
  [1024, 64, 'quad', 'cpu-bounded', 'quad 12x16'],
  [1024, 64, 'quad', 'cpu-wide', 'quad 16x16 x2'],
  [1024, 64, 'register', 'cpu', 'register 4x4'],
])('%i rows × %i columns, family %s, class %s: %s', (rows, columns, family, adapter, name) => {
  const product = { rows, columns, channels: 64, kernel: 3 };
  expect(tileName(tileFor(product, { family, adapter, limits: DEFAULT_LIMITS, tiles: {} }))).toBe(name);
});

test('the tile of a convolution does not depend on the views of a batch', () => {
  const shape = { height: 14, width: 14, channels: 64, out: 128, kernel: 3, stride: 2, padding: 1 };
  expect(productOf({ ...shape, ...{ views: 1 } })).toEqual(productOf({ ...shape, ...{ views: 320 } }));
  expect(productOf(shape)).toEqual({ rows: 49, columns: 128, channels: 64, kernel: 3 });
});

test('a measured tile goes before the table for products of its kind alone, and never for another family', () => {
  const tiling = { family: 'tile', adapter: 'discrete', limits: DEFAULT_LIMITS, tiles: {} } as const;
  const [large, small] = [
    { rows: 3136, columns: 64, channels: 64, kernel: 3 },
    { rows: 1, columns: 10, channels: 64, kernel: 1 },
  ];
  const [chosen] = candidateTiles(tiling) as [Tile];
  const tiles = { [kindOf(large, tiling)]: chosen };
  expect(tileFor(large, { ...tiling, tiles })).toBe(chosen);
  expect(tileFor(small, { ...tiling, tiles })).toEqual(tileFor(small, tiling));
  const quads = { ...tiling, family: 'quad', adapter: 'cpu' } as const;
  const misplaced = { ...quads, tiles: { [kindOf(large, quads)]: chosen } };
  expect(tileFor(large, misplaced).family).toBe('quad');
});

test('candidates fit, hold every tile of the table, and are told apart and found by their names', () => {
  fc.assert(
    fc.property(products, tilings, (product, tiling) => {
      const candidates = candidateTiles(tiling);
      const names = candidates.map(tileName);
      expect(new Set(names).size).toBe(names.length);
      for (const [i, tile] of candidates.entries()) {
        expect(fits(tile, tiling.limits)).toBe(true);
        expect(tileNamed(names[i]!, tiling)).toBe(tile);
      }
      expect(names).toContain(tileName(tileFor(product, tiling)));
      expect(tileNamed('tile 1x1', tiling)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('the plain tile of a family fits every adapter', () => {
  for (const family of FAMILIES)
    expect(fits(plainTile({ rows: 1, columns: 1, channels: 1, kernel: 1 }, family), LEAST_LIMITS)).toBe(true);
});

const everyTile = FAMILIES.flatMap((family) => {
  const limits = { invocations: 1024, bytes: 2 ** 16 };
  const tiles = [
    ...candidateTiles({ family, adapter: 'discrete', limits }),
    ...candidateTiles({ family, adapter: 'cpu-wide', limits }),
  ];
  return [...new Map(tiles.map((tile) => [tileName(tile), tile])).values()];
});

test.each(everyTile.map((tile) => [tileName(tile), tile] as const))(
  '%s: kernel, bytes and threads agree',
  (_, tile) => {
    const shape = { views: 3, height: 5, width: 7, channels: 6, out: 37, kernel: 3, stride: 2, padding: 1 };
    const { code } = convKernel(shape, PLAIN, tile).kernel;
    if (tile.family !== 'tile') return expect(tileBytes(tile)).toBe(0);
    const { down, across, rows, groups, depth } = tile;
    // 16 bytes a vec4f; both arrays of shaders/conv-tile.wgsl.
    expect(tileBytes(tile)).toBe(16 * depth * (down * rows + 8 / depth) + 16 * 4 * depth * (across * groups + 1));
    expect(tileInvocations(tile)).toBe(down * across);
    expect([1, 2, 4, 8]).toContain(depth);
    expect((down * across) % depth).toBe(0);
    for (const [name, value] of Object.entries({
      DOWN: down,
      ACROSS: across,
      ROWS: rows,
      GROUPS: groups,
      DEPTH: depth,
    }))
      expect(code).toContain(`const ${name} = ${value}u;`);
  },
);

test('the grid of every tile covers all rows and channels, and not one workgroup more', () => {
  const shape = { views: 13, height: 7, width: 6, channels: 6, out: 70, kernel: 3, stride: 2, padding: 1 };
  const [rows, groups] = [13 * 4 * 3, 18];
  for (const tile of everyTile) {
    const [x, y, z] = convKernel(shape, PLAIN, tile).grid(13);
    if (tile.family === 'tile') {
      expect([x, y, z]).toEqual([
        Math.ceil(rows / (tile.down * tile.rows)),
        Math.ceil(groups / (tile.across * tile.groups)),
        1,
      ]);
    } else if (tile.family === 'register') {
      expect([x, y, z]).toEqual([Math.ceil(rows / (64 * tile.rows)), groups, 1]);
    } else {
      const perQuad = [tile.groups, 2].find((n) => groups % n === 0)!;
      expect([x, y, z]).toEqual([Math.ceil(rows / (4 * tile.quads * tile.rows)), 1, groups / perQuad]);
    }
  }
});
