import scoresQuad from '../../shaders/attention-scores-quad.wgsl';
import scoresRegister from '../../shaders/attention-scores-register.wgsl';
import valuesQuad from '../../shaders/attention-values-quad.wgsl';
import valuesRegister from '../../shaders/attention-values-register.wgsl';
import { MemgpuError } from '../errors.js';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';

/** Self-attention over `tokens` of `channels`, split among `heads`. `views` is the most that one dispatch may hold. */
export interface AttentionShape {
  readonly views: number;
  readonly tokens: number;
  readonly heads: number;
  readonly channels: number;
}

/** Tiles as measured (docs/decisions/attention.md). */
const QUAD = { rows: 2, groups: 4, columns: 1 };
const REGISTER_ROWS = 4;

/**
 * Scores [heads·tokens queries, tokens keys]: q·kᵀ / √(channels per head).
 * Bindings: qkv [tokens, 3·channels], scores. Grid by views.
 * @throws BAD_OPTION where the channels of a head are no multiple of 4
 */
export function attentionScoresKernel(shape: AttentionShape, family: Family): SizedKernel {
  const { tokens, heads } = shape;
  const constants = { ...constantsOf(shape), CHANNELS: tokens, SCALE: 1 / Math.sqrt(shape.channels / heads) };
  const keyGroups = groupsOfFour(tokens);
  if (family === 'quad') {
    const tiles = Math.ceil(tokens / (4 * QUAD.rows)) * Math.ceil(keyGroups / QUAD.groups);
    return sizedKernel(
      `attention-scores ${nameOf(shape)} quad`,
      scoresQuad,
      { ...constants, ROWS: QUAD.rows, GROUPS: QUAD.groups },
      ['read', 'write'],
      (views) => [tiles, heads, views],
    );
  }
  const threads = Math.ceil(tokens / REGISTER_ROWS) * keyGroups;
  return sizedKernel(
    `attention-scores ${nameOf(shape)} register`,
    scoresRegister,
    { ...constants, ROWS: REGISTER_ROWS },
    ['read', 'write'],
    (views) => [Math.ceil(threads / 64), heads, views],
  );
}

/**
 * Context [tokens, channels]: probabilities · v.
 * Bindings: probabilities [heads·tokens queries, tokens keys], qkv [tokens, 3·channels], context. Grid by views.
 * @throws BAD_OPTION where the channels of a head are no multiple of 4
 */
export function attentionValuesKernel(shape: AttentionShape, family: Family): SizedKernel {
  const { tokens, heads } = shape;
  const constants = constantsOf(shape);
  if (family === 'quad') {
    const tiles = Math.ceil(tokens / (4 * QUAD.groups)) * Math.ceil(constants.HD4 / (4 * QUAD.columns));
    return sizedKernel(
      `attention-values ${nameOf(shape)} quad`,
      valuesQuad,
      { ...constants, GROUPS: QUAD.groups, COLUMNS: QUAD.columns },
      ['read', 'read', 'write'],
      (views) => [tiles, heads, views],
    );
  }
  const threads = Math.ceil(tokens / REGISTER_ROWS) * constants.HD4;
  return sizedKernel(
    `attention-values ${nameOf(shape)} register`,
    valuesRegister,
    { ...constants, ROWS: REGISTER_ROWS },
    ['read', 'read', 'write'],
    (views) => [Math.ceil(threads / 64), heads, views],
  );
}

function nameOf({ tokens, heads, channels }: AttentionShape): string {
  return `${tokens}x${channels} ${heads} heads`;
}

function constantsOf({ views, tokens, heads, channels }: AttentionShape) {
  if (channels % (4 * heads) !== 0) {
    throw new MemgpuError(
      'BAD_OPTION',
      `attention over ${channels} channels has ${heads} heads of ${channels / heads} channels, no multiple of 4`,
      { hint: 'Heads of 4, 8, 12 … channels are supported.' },
    );
  }
  return { VIEWS: views, TOKENS: tokens, HEADS: heads, HD4: channels / heads / 4 };
}
