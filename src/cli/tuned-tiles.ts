import type { AdapterFacts } from '../gpu/gpu.js';
import { tilingFor } from '../kernels/design.js';
import type { Tile } from '../kernels/tile.js';
import { type MeasuredTiles, tileNamed } from '../kernels/tiles.js';
import { readTunedTiles } from '../platform/tuned-tiles.js';
import type { Terminal } from './terminal.js';

export interface TunedState {
  /** Empty where nothing is stored, or nothing that can be used. */
  readonly tiles: MeasuredTiles;
  /** Where the choices lie, or would. */
  readonly file: string;
  readonly stored: boolean;
  /** Why a file that is there is not used. */
  readonly unusable: string | null;
}

/** What `memgpu tune` stored for this adapter. */
export function tunedState(facts: AdapterFacts): TunedState {
  const { tiles: names, file, unusable } = readTunedTiles(facts);
  const tiles: Record<string, Tile> = {};
  for (const [kind, name] of Object.entries(names ?? {})) {
    const tile = tileNamed(name, tilingFor(facts));
    if (!tile) return { tiles: {}, file, stored: true, unusable: 'it names a tile that this adapter does not have' };
    tiles[kind] = tile;
  }
  return { tiles, file, stored: names !== null, unusable };
}

/** The same for a command: what cannot be used is left out with a warning. */
export function tunedTiles(facts: AdapterFacts, terminal: Terminal): MeasuredTiles {
  const { tiles, file, unusable } = tunedState(facts);
  if (unusable !== null) terminal.note(`Warning: ${file} is not used: ${unusable}. Run: memgpu tune`);
  return tiles;
}
