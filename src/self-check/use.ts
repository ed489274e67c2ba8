import type { Encoder } from '../encoder/encoder.js';
import type { Design } from '../kernels/design.js';
import { ALL_PAIRS_AT_ONCE } from '../kernels/pair-distances.js';
import { tileName } from '../kernels/tile.js';
import { tilesInUse } from '../kernels/tiles.js';

export const ENCODERS = ['convolutional', 'transformer'] as const;

/** What decides which kernels a run has. */
export interface Use {
  readonly design: Design;
  readonly encoder: (typeof ENCODERS)[number];
  /** Whether an image has so many views that their pairs are taken in blocks. */
  readonly blocks: boolean;
}

/** @param compared views of an image that are compared with each other */
export function useOf({ graph, design }: Pick<Encoder, 'graph' | 'design'>, compared: number): Use {
  const transformer = graph.nodes.some(({ op }) => op.kind === 'tokens' || op.kind === 'layernorm');
  return {
    design,
    encoder: transformer ? 'transformer' : 'convolutional',
    blocks: compared > ALL_PAIRS_AT_ONCE,
  };
}

/** The same for two uses whose kernels are of the same variants: precision, family, tiles, what the encoder and its views need. */
export function variantOf({ design, encoder, blocks }: Use): string {
  const { precision, family, adapter } = design;
  const tiles = tilesInUse(design).map(tileName);
  return [precision, family, adapter, encoder, ...(blocks ? ['blocks'] : []), ...tiles].join(', ');
}
