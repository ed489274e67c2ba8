/**
 * Which tile a convolution or a matrix product gets. Every tile sums K in the same order, so the choice changes the time
 * and no bit; it is a function of the product of one view and of the adapter, never of the batch.
 */
import type { AdapterClass } from './adapter-class.js';
import type { Family } from './family.js';

/** A quad owns 4·rows rows × at most 4·groups channels. */
export interface QuadTile {
  readonly family: 'quad';
  /** Of a lane. */
  readonly rows: number;
  /** Of four channels. The kernel takes the largest of groups, 2 and 1 that divides what there is. */
  readonly groups: number;
}

/** A thread owns rows × 4 channels. */
export interface RegisterTile {
  readonly family: 'register';
  readonly rows: number;
}

/** A workgroup owns down·rows rows × 4·across·groups channels. */
export interface WorkgroupTile {
  readonly family: 'tile';
  /** Threads over rows, and over groups of four channels. down · across is a multiple of depth. */
  readonly down: number;
  readonly across: number;
  /** Of a thread. */
  readonly rows: number;
  readonly groups: number;
  /** Groups of four values of K in a slice: 1, 2, 4 or 8. */
  readonly depth: number;
}

export type Tile = QuadTile | RegisterTile | WorkgroupTile;
type TileOf<F extends Family> = Extract<Tile, { readonly family: F }>;

/** What a tile is chosen for: rows of one view (output positions) × columns (output channels), over K. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  /** Input channels. K = kernel² · channels. */
  readonly channels: number;
  readonly kernel: number;
}

/** What tiles are chosen by. */
export interface Tiling {
  readonly family: Family;
  readonly adapter: AdapterClass;
  readonly limits: TileLimits;
  /** What measuring this adapter chose, by the kind of product. */
  readonly measured: Readonly<Record<string, Tile>>;
}

export interface TileLimits {
  /** Of a workgroup. */
  readonly invocations: number;
  readonly bytes: number;
}

interface Entry<T extends Tile> {
  /** The least that a product has. */
  readonly rows: number;
  readonly columns: number;
  readonly tile: T;
}

const WORKGROUP = (down: number, across: number, rows: number, groups: number, depth: number): WorkgroupTile => ({
  family: 'tile',
  down,
  across,
  rows,
  groups,
  depth,
});
const QUAD: QuadTile = { family: 'quad', rows: 4, groups: 4 };
const REGISTER: RegisterTile = { family: 'register', rows: 4 };
/** 32 × 32 by 64 threads: it fits every adapter that WebGPU allows. */
const SMALL: WorkgroupTile = WORKGROUP(8, 8, 4, 1, 4);

const quads: readonly Entry<QuadTile>[] = [
  { rows: 16, columns: 33, tile: QUAD },
  { rows: 16, columns: 1, tile: QUAD },
  { rows: 1, columns: 1, tile: QUAD },
];
const registers: readonly Entry<RegisterTile>[] = [
  { rows: 16, columns: 1, tile: REGISTER },
  { rows: 1, columns: 1, tile: REGISTER },
];
/** CPU drivers get this family by request alone. */
const onCpu: readonly Entry<WorkgroupTile>[] = [
  { rows: 1, columns: 33, tile: WORKGROUP(16, 16, 4, 1, 4) }, //    64 × 64, 4 × 4 a thread
  { rows: 1, columns: 1, tile: SMALL },
];

/**
 * A product gets the first entry that it is large enough for and whose tile fits the limits. The last of a list takes every
 * product. Entries of equal tiles are kinds of products that may be measured to want different ones.
 *
 * `discrete`: 64 sums a thread where the product fills them, as published kernels for such GPUs have; smaller tiles where a
 * view has few rows, so that a batch still makes many workgroups. `integrated`: 16 sums a thread, 64 or 128 threads.
 */
const TABLE: { readonly [F in Family]: Readonly<Record<AdapterClass, readonly Entry<TileOf<F>>[]>> } = {
  quad: { discrete: quads, integrated: quads, cpu: quads, 'cpu-wide': quads },
  register: { discrete: registers, integrated: registers, cpu: registers, 'cpu-wide': registers },
  tile: {
    discrete: [
      { rows: 784, columns: 33, tile: WORKGROUP(16, 8, 8, 2, 4) }, // 128 × 64, 8 × 8 a thread
      { rows: 784, columns: 1, tile: WORKGROUP(16, 8, 8, 1, 4) }, //  128 × 32, 8 × 4
      { rows: 49, columns: 33, tile: WORKGROUP(8, 8, 8, 2, 4) }, //    64 × 64, 8 × 8
      { rows: 16, columns: 33, tile: WORKGROUP(8, 8, 4, 2, 4) }, //    32 × 64, 4 × 8
      { rows: 16, columns: 1, tile: SMALL }, //                        32 × 32, 4 × 4
      { rows: 1, columns: 33, tile: WORKGROUP(8, 16, 2, 1, 4) }, //    16 × 64, 2 × 4
      { rows: 1, columns: 1, tile: SMALL },
    ],
    integrated: [
      { rows: 196, columns: 33, tile: WORKGROUP(8, 16, 4, 1, 4) }, //  32 × 64, 4 × 4
      { rows: 196, columns: 1, tile: WORKGROUP(16, 8, 4, 1, 4) }, //   64 × 32, 4 × 4
      { rows: 16, columns: 1, tile: SMALL }, //                        32 × 32, 4 × 4
      { rows: 1, columns: 33, tile: WORKGROUP(8, 16, 2, 1, 4) }, //    16 × 64, 2 × 4
      { rows: 1, columns: 1, tile: SMALL },
    ],
    cpu: onCpu,
    'cpu-wide': onCpu,
  },
};

/** What every adapter has. */
const LEAST_LIMITS: TileLimits = { invocations: 128, bytes: 16_384 };

/** The kind of product that an entry is for, such as 'rows ≥ 784, columns ≥ 33'. */
export function kindOf(product: Product, tiling: Tiling): string {
  const { rows, columns } = entryFor(product, tiling);
  return `rows ≥ ${rows}, columns ≥ ${columns}`;
}

/** The tile that was measured to be best for this kind of product, or the table's. */
export function tileFor(product: Product, tiling: Tiling): Tile {
  return tiling.measured[kindOf(product, tiling)] ?? entryFor(product, tiling).tile;
}

/** A tile of a family that fits every adapter. */
export function plainTile(product: Product, family: Family): Tile {
  return tileFor(product, { family, adapter: 'cpu', limits: LEAST_LIMITS, measured: {} });
}

function entryFor({ rows, columns }: Product, { family, adapter, limits }: Tiling): Entry<Tile> {
  const list: readonly Entry<Tile>[] = TABLE[family][adapter];
  const large = list.filter((entry) => rows >= entry.rows && columns >= entry.columns);
  return large.find(({ tile }) => fits(tile, limits)) ?? large.at(-1)!;
}

/** Bytes of workgroup memory that a tile's kernel declares (shaders/conv-tile.wgsl). */
export function tileBytes(tile: Tile): number {
  if (tile.family !== 'tile') return 0;
  const { down, across, rows, groups, depth } = tile;
  return 16 * (depth * (down * rows + 8 / depth) + 4 * depth * (across * groups + 1));
}

export function tileInvocations(tile: Tile): number {
  return { quad: 4, register: 64, tile: tile.family === 'tile' ? tile.down * tile.across : 0 }[tile.family];
}

export function fits(tile: Tile, { invocations, bytes }: TileLimits): boolean {
  return tileInvocations(tile) <= invocations && tileBytes(tile) <= bytes;
}

/** Family, size, and what a thread owns of it, such as 'tile 128x64 8x8/16' (16: values of K in a slice). */
export function tileName(tile: Tile): string {
  switch (tile.family) {
    case 'quad':
      return `quad ${4 * tile.rows}x${4 * tile.groups}`;
    case 'register':
      return `register ${tile.rows}x4`;
    case 'tile': {
      const { down, across, rows, groups, depth } = tile;
      return `tile ${down * rows}x${4 * across * groups} ${rows}x${4 * groups}/${4 * depth}`;
    }
  }
}

const CANDIDATES: { readonly [F in Family]: Readonly<Record<AdapterClass, readonly TileOf<F>[]>> } = (() => {
  const quad = (...sizes: readonly (readonly [number, number])[]) =>
    sizes.map(([rows, groups]): QuadTile => ({ family: 'quad', rows, groups }));
  const few = quad([4, 4], [3, 4], [2, 4], [4, 2]);
  const many = [...few, ...quad([1, 4], [2, 2], [8, 2], [2, 8], [8, 4])];
  const register = [1, 2, 4, 8].map((rows): RegisterTile => ({ family: 'register', rows }));
  const small = [SMALL, WORKGROUP(8, 16, 2, 1, 4), WORKGROUP(8, 16, 4, 1, 4), WORKGROUP(16, 8, 4, 1, 4)];
  const middle = [WORKGROUP(16, 16, 4, 1, 4), WORKGROUP(16, 8, 4, 2, 4), WORKGROUP(8, 8, 4, 2, 4)];
  const large = [WORKGROUP(8, 8, 8, 2, 4), WORKGROUP(16, 8, 8, 2, 4), WORKGROUP(16, 8, 8, 1, 4)];
  const depths = [WORKGROUP(8, 8, 8, 2, 2), WORKGROUP(16, 8, 8, 2, 2), WORKGROUP(8, 8, 4, 1, 8)];
  const all = [...small, ...middle, ...large, ...depths];
  return {
    quad: { discrete: many, integrated: many, cpu: few, 'cpu-wide': many },
    register: { discrete: register, integrated: register, cpu: register, 'cpu-wide': register },
    tile: { discrete: all, integrated: all, cpu: all, 'cpu-wide': all },
  };
})();

/** The tiles that are worth measuring on an adapter: all of the table's and their neighbours, that fit its limits. */
export function candidateTiles({ family, adapter, limits }: Omit<Tiling, 'measured'>): Tile[] {
  const list: readonly Tile[] = CANDIDATES[family][adapter];
  return list.filter((tile) => fits(tile, limits));
}
