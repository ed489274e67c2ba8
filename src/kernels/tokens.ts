import source from '../../shaders/token.wgsl';
import assemblySource from '../../shaders/tokens.wgsl';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** `prefix` learned tokens (class token, registers) before `patches` patches, of `channels` each. */
export interface TokensShape extends Stored {
  readonly views: number;
  readonly patches: number;
  readonly prefix: number;
  readonly channels: number;
}

/**
 * Tokens [prefix + patches, channels]: the rows of a table, then the patches, where there are `positions` each plus its
 * position. Bindings: patches, table (packTokens), tokens. Grid by views.
 */
export function tokensKernel(shape: TokensShape, { positions }: { readonly positions: boolean }): SizedKernel {
  const { views, patches, prefix, channels, ...stored } = shape;
  const groups = groupsOfFour(channels);
  return sizedKernel(
    `tokens ${prefix}+${patches}x${channels}${positions ? ' positions' : ''}`,
    assemblySource,
    { VIEWS: views, PATCHES: patches, PREFIX: prefix, C4: groups, POSITIONS: positions, ...storedConstants(stored) },
    ['read', 'read', 'write'],
    (count) => [Math.ceil(((prefix + patches) * groups) / 64), count, 1],
  );
}

/**
 * The table of `tokensKernel`: rows of `channels`, each padded to a multiple of 4 with zeros.
 * @param prefix [prefix, channels], what these tokens are, their own positions included; empty where there are none
 * @param positions [patches, channels] of the patches; left out where they have none
 */
export function packTokens(channels: number, prefix: Float32Array, positions?: Float32Array): Float32Array {
  const stored = 4 * groupsOfFour(channels);
  const rows = [prefix, ...(positions ? [positions] : [])];
  const count = rows.reduce((sum, { length }) => sum + length / channels, 0);
  const packed = new Float32Array(Math.max(1, count) * stored);
  let at = 0;
  for (const part of rows)
    for (let from = 0; from < part.length; from += channels, at += stored)
      packed.set(part.subarray(from, from + channels), at);
  return packed;
}

/** Token number `index` of each view, as a flat tensor [channels]. Bindings: tokens, output. Grid by views. */
export function tokenKernel(
  shape: { readonly views: number; readonly tokens: number; readonly channels: number } & Stored,
  index: number,
): SizedKernel {
  const { views, tokens, channels, ...stored } = shape;
  const groups = groupsOfFour(channels);
  return sizedKernel(
    `token ${index} of ${tokens}x${channels}`,
    source,
    { VIEWS: views, TOKENS: tokens, C4: groups, INDEX: index, ...storedConstants(stored) },
    ['read', 'write'],
    (count) => [Math.ceil(groups / 64), count, 1],
  );
}
