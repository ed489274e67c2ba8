/** The part of a product that a quad, a thread or a workgroup computes at once. Every tile sums K in the same order. */
import type { Family } from './family.js';

/** A workgroup of `quads` quads; a quad owns 4·rows rows × at most 4·groups channels. */
export interface QuadTile {
  readonly family: 'quad';
  /** Of a lane. */
  readonly rows: number;
  /** Of four channels. The kernel takes the largest of groups, 2 and 1 that divides what there is. */
  readonly groups: number;
  /** As many as the driver runs at once: with subgroups of eight one quad leaves half of the lanes empty. */
  readonly quads: number;
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
export type TileOf<F extends Family> = Extract<Tile, { readonly family: F }>;

/** Of a workgroup. */
export interface TileLimits {
  readonly invocations: number;
  readonly bytes: number;
}

/** Bytes of workgroup memory that a tile's kernel declares (shaders/conv-tile.wgsl). */
export function tileBytes(tile: Tile): number {
  if (tile.family !== 'tile') return 0;
  const { down, across, rows, groups, depth } = tile;
  return 16 * (depth * (down * rows + 8 / depth) + 4 * depth * (across * groups + 1));
}

export function tileInvocations(tile: Tile): number {
  if (tile.family === 'tile') return tile.down * tile.across;
  return tile.family === 'quad' ? 4 * tile.quads : 64;
}

export function fits(tile: Tile, { invocations, bytes }: TileLimits): boolean {
  return tileInvocations(tile) <= invocations && tileBytes(tile) <= bytes;
}

/**
 * Family and size in rows × channels; of a workgroup's tile also what a thread owns, and the values of K in a slice:
 * 'quad 16x16', 'quad 16x16 x2', 'register 4x4', 'tile 128x64 8x8/16'. Different tiles that are in use have different names.
 */
export function tileName(tile: Tile): string {
  if (tile.family === 'quad') return `quad ${4 * tile.rows}x${4 * tile.groups}${quadsSuffix(tile.quads)}`;
  if (tile.family === 'register') return `register ${tile.rows}x4`;
  const { down, across, rows, groups, depth } = tile;
  return `tile ${down * rows}x${4 * across * groups} ${rows}x${4 * groups}/${4 * depth}`;
}

/** What follows the name of a kernel of several quads: ' x2'. */
export function quadsSuffix(quads: number): string {
  return quads > 1 ? ` x${quads}` : '';
}
