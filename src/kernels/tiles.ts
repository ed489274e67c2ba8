/**
 * Which tile a convolution or a matrix product gets: a function of the product of one view and of the adapter, never of the
 * batch. The choice changes the time and, where the adapter does not contract a·b + c, no bit.
 */
import { type AdapterClass, quadsOf } from './adapter-class.js';
import type { Family } from './family.js';
import {
  fits,
  type QuadTile,
  type RegisterTile,
  type Tile,
  type TileLimits,
  type TileOf,
  tileName,
  type WorkgroupTile,
} from './tile.js';

/** Rows of one view (output positions) × columns (output channels), over K = kernel² · channels. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly kernel: number;
}

/** What measuring an adapter chose, by `kindOf` the product. */
export type MeasuredTiles = Readonly<Record<string, Tile>>;

/** What tiles are chosen by. */
export interface Tiling {
  readonly family: Family;
  readonly adapter: AdapterClass;
  readonly limits: TileLimits;
  /** They go before the table. */
  readonly tiles: MeasuredTiles;
}

interface Entry<T extends Tile> {
  /** The least that a product has. */
  readonly rows: number;
  readonly columns: number;
  readonly tile: T;
}

type Table<Row> = { readonly [F in Family]: Readonly<Record<AdapterClass, readonly Row[]>> };

const quad = (rows: number, groups: number, quads = 1): QuadTile => ({ family: 'quad', rows, groups, quads });
const register = (rows: number): RegisterTile => ({ family: 'register', rows });
const workgroup = (down: number, across: number, rows: number, groups: number, depth: number): WorkgroupTile => ({
  family: 'tile',
  ...{ down, across, rows, groups, depth },
});

/** 32 × 32 by 64 threads, 4 × 4 each: it fits every adapter that WebGPU allows. */
const SMALL = workgroup(8, 8, 4, 1, 4);

const quads = (tile: QuadTile): Entry<QuadTile>[] => [
  { rows: 16, columns: 33, tile },
  { rows: 16, columns: 1, tile },
  { rows: 1, columns: 1, tile },
];
const registers: readonly Entry<RegisterTile>[] = [
  { rows: 16, columns: 1, tile: register(4) },
  { rows: 1, columns: 1, tile: register(4) },
];
/** CPU drivers get workgroup memory by request alone. */
const onCpu: readonly Entry<WorkgroupTile>[] = [{ rows: 1, columns: 1, tile: SMALL }];

/**
 * A product gets the first entry that it is large enough for and whose tile fits the limits. The last of a list takes
 * every product. Entries of equal tiles are kinds of products that may be measured to want different ones.
 *
 * `discrete`: 64 sums a thread where the product fills them, as published kernels for such GPUs have; smaller tiles where a
 * view has few rows, so that a batch still makes many workgroups. `integrated`: 16 sums, 64 or 128 threads. CPU drivers:
 * as measured (docs/decisions/conv-quad-tile.md, lavapipe.md, tiles.md).
 */
const TABLE: { readonly [F in Family]: Readonly<Record<AdapterClass, readonly Entry<TileOf<F>>[]>> } = {
  quad: {
    discrete: quads(quad(4, 4)),
    integrated: quads(quad(4, 4)),
    cpu: quads(quad(4, 4)),
    'cpu-bounded': quads(quad(3, 4)),
    'cpu-wide': quads(quad(4, 4, quadsOf('cpu-wide'))),
  },
  register: {
    discrete: registers,
    integrated: registers,
    cpu: registers,
    'cpu-bounded': registers,
    'cpu-wide': registers,
  },
  tile: {
    discrete: [
      { rows: 784, columns: 33, tile: workgroup(16, 8, 8, 2, 4) }, // 128 × 64, 8 × 8 a thread
      { rows: 784, columns: 1, tile: workgroup(16, 8, 8, 1, 4) }, //  128 × 32, 8 × 4
      { rows: 49, columns: 33, tile: workgroup(8, 8, 8, 2, 4) }, //    64 × 64, 8 × 8
      { rows: 16, columns: 33, tile: workgroup(8, 8, 4, 2, 4) }, //    32 × 64, 4 × 8
      { rows: 16, columns: 1, tile: SMALL }, //                        32 × 32, 4 × 4
      { rows: 1, columns: 33, tile: workgroup(8, 16, 2, 1, 4) }, //    16 × 64, 2 × 4
      { rows: 1, columns: 1, tile: SMALL }, //                         32 × 32, 4 × 4
    ],
    integrated: [
      { rows: 196, columns: 33, tile: workgroup(8, 16, 4, 1, 4) }, //  32 × 64, 4 × 4 a thread
      { rows: 196, columns: 1, tile: workgroup(16, 8, 4, 1, 4) }, //   64 × 32, 4 × 4
      { rows: 16, columns: 1, tile: SMALL }, //                        32 × 32, 4 × 4
      { rows: 1, columns: 33, tile: workgroup(8, 16, 2, 1, 4) }, //    16 × 64, 2 × 4
      { rows: 1, columns: 1, tile: SMALL }, //                         32 × 32, 4 × 4
    ],
    cpu: onCpu,
    'cpu-bounded': onCpu,
    'cpu-wide': onCpu,
  },
};

/** The tile that was measured to be best for this kind of product, or the table's. */
export function tileFor(product: Product, tiling: Tiling): Tile {
  const measured = tiling.tiles[kindOf(product, tiling)];
  return measured?.family === tiling.family ? measured : entryFor(product, tiling).tile;
}

/** Every tile that some product gets. */
export function tilesInUse(tiling: Tiling): Tile[] {
  const entries: readonly Entry<Tile>[] = TABLE[tiling.family][tiling.adapter];
  const tiles = entries.map(({ rows, columns }) => tileFor({ rows, columns, channels: 1, kernel: 1 }, tiling));
  return [...new Map(tiles.map((tile) => [tileName(tile), tile])).values()];
}

/** Which entry of the table a product gets, such as 'rows ≥ 784, columns ≥ 33'. */
export function kindOf(product: Product, tiling: Omit<Tiling, 'tiles'>): string {
  const { rows, columns } = entryFor(product, tiling);
  return `rows ≥ ${rows}, columns ≥ ${columns}`;
}

function entryFor({ rows, columns }: Product, { family, adapter, limits }: Omit<Tiling, 'tiles'>): Entry<Tile> {
  const list: readonly Entry<Tile>[] = TABLE[family][adapter];
  const large = list.filter((entry) => rows >= entry.rows && columns >= entry.columns);
  return large.find(({ tile }) => fits(tile, limits)) ?? large.at(-1)!;
}

/** What the least of WebGPU's devices have, those of its compatibility mode. */
export const LEAST_LIMITS: TileLimits = { invocations: 128, bytes: 16_384 };

/** A tile of a family that fits every adapter. */
export function plainTile(product: Product, family: Family): Tile {
  return tileFor(product, { family, adapter: 'cpu', limits: LEAST_LIMITS, tiles: {} });
}

const smallQuads = [quad(4, 4), quad(3, 4), quad(2, 4)];
const anyQuads = [...smallQuads, quad(4, 2), quad(2, 2), quad(1, 4), quad(8, 2), quad(2, 8), quad(8, 4)];
const wideQuads = [quad(4, 4, 2), quad(3, 4, 2), quad(2, 4, 2), quad(4, 4, 4), quad(4, 4)];
const anyRegisters = [register(1), register(2), register(4), register(8)];
const anyWorkgroups = [
  ...[SMALL, workgroup(8, 16, 2, 1, 4), workgroup(8, 16, 4, 1, 4), workgroup(16, 8, 4, 1, 4)],
  ...[workgroup(16, 16, 4, 1, 4), workgroup(16, 8, 4, 2, 4), workgroup(8, 8, 4, 2, 4), workgroup(8, 8, 4, 1, 8)],
  ...[workgroup(8, 8, 8, 2, 4), workgroup(8, 8, 8, 2, 2), workgroup(16, 8, 8, 2, 4), workgroup(16, 8, 8, 2, 2)],
  workgroup(16, 8, 8, 1, 4),
];

/** Tiles that are worth measuring: those of the table and their neighbours. */
const CANDIDATES: Table<Tile> = {
  quad: {
    discrete: anyQuads,
    integrated: anyQuads,
    cpu: smallQuads,
    'cpu-bounded': smallQuads,
    'cpu-wide': wideQuads,
  },
  register: {
    discrete: anyRegisters,
    integrated: anyRegisters,
    cpu: anyRegisters,
    'cpu-bounded': anyRegisters,
    'cpu-wide': anyRegisters,
  },
  tile: {
    discrete: anyWorkgroups,
    integrated: anyWorkgroups,
    cpu: [SMALL],
    'cpu-bounded': [SMALL],
    'cpu-wide': [SMALL],
  },
};

/** The tiles of a family that are worth measuring on an adapter, and fit it. */
export function candidateTiles({ family, adapter, limits }: Omit<Tiling, 'tiles'>): Tile[] {
  return CANDIDATES[family][adapter].filter((tile) => fits(tile, limits));
}

/** The candidate of this name. */
export function tileNamed(name: string, tiling: Omit<Tiling, 'tiles'>): Tile | undefined {
  return candidateTiles(tiling).find((tile) => tileName(tile) === name);
}
