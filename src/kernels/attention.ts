import fusedQuad from '../../shaders/attention-quad.wgsl';
import fusedRegister from '../../shaders/attention-register.wgsl';
import scoresQuad from '../../shaders/attention-scores-quad.wgsl';
import scoresRegister from '../../shaders/attention-scores-register.wgsl';
import fusedTile from '../../shaders/attention-tile.wgsl';
import valuesQuad from '../../shaders/attention-values-quad.wgsl';
import valuesRegister from '../../shaders/attention-values-register.wgsl';
import { MemgpuError } from '../errors.js';
import type { Family } from './family.js';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';
import { quadsSuffix } from './tile.js';

/** Self-attention over `tokens` of `channels`, split among `heads`. `views` is the most that one dispatch may hold. */
export interface AttentionShape extends Stored {
  readonly views: number;
  readonly tokens: number;
  readonly heads: number;
  readonly channels: number;
}

/** Tiles as measured (docs/decisions/attention.md). */
const QUAD = { rows: 2, groups: 4, columns: 1 };
const FUSED_QUAD = { rows: 2, groups: 4, columns: 2 };
const REGISTER_ROWS = 4;

/** Bytes that a function's variables may take, and a workgroup's, on every adapter. */
const FUNCTION_BYTES = 8192;
const WORKGROUP_BYTES = 16_384;

/**
 * Scores [heads·tokens queries, tokens keys]: q·kᵀ / √(channels per head).
 * Bindings: qkv [tokens, 3·channels], scores. Grid by views.
 * @throws BAD_OPTION where the channels of a head are no multiple of 4
 */
export function attentionScoresKernel(shape: AttentionShape, family: Family, quads = 1): SizedKernel {
  const { tokens, heads } = shape;
  const constants = { ...constantsOf(shape), ...scoreConstantsOf(shape) };
  const keyGroups = groupsOfFour(tokens);
  if (family === 'quad') {
    const tiles = Math.ceil(tokens / (4 * quads * QUAD.rows)) * Math.ceil(keyGroups / QUAD.groups);
    return sizedKernel(
      `attention-scores ${nameOf(shape)} quad${quadsSuffix(quads)}`,
      scoresQuad,
      { ...constants, ROWS: QUAD.rows, GROUPS: QUAD.groups, lanes: 4 * quads },
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
export function attentionValuesKernel(shape: AttentionShape, family: Family, quads = 1): SizedKernel {
  const { tokens, heads } = shape;
  const constants = constantsOf(shape);
  if (family === 'quad') {
    const tiles = Math.ceil(tokens / (4 * quads * QUAD.groups)) * Math.ceil(constants.HD4 / (4 * QUAD.columns));
    return sizedKernel(
      `attention-values ${nameOf(shape)} quad${quadsSuffix(quads)}`,
      valuesQuad,
      { ...constants, GROUPS: QUAD.groups, COLUMNS: QUAD.columns, lanes: 4 * quads },
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

/**
 * Context [tokens, channels] from queries, keys and values at once; scores and probabilities are not stored. The bits are
 * those of attentionScoresKernel, softmaxKernel and attentionValuesKernel one after another.
 * Bindings: qkv [tokens, 3·channels], context. Grid by views.
 * @throws BAD_OPTION where the channels of a head are no multiple of 4
 */
export function attentionKernel(shape: AttentionShape, family: Family, quads = 1): SizedKernel {
  const { tokens, heads } = shape;
  const constants = { ...constantsOf(shape), ...scoreConstantsOf(shape) };
  const { source, name, queries, ...sizes } = fusedVariant(tokens, family, quads);
  return sizedKernel(
    `attention ${nameOf(shape)} ${name}`,
    source,
    { ...constants, ...sizes },
    ['read', 'write'],
    (views) => [Math.ceil(tokens / queries), heads, views],
  );
}

/** The family's variant where the rows of its queries fit into the memory that it keeps them in, else the one that keeps none. */
function fusedVariant(tokens: number, family: Family, quads: number) {
  const rowBytes = 16 * groupsOfFour(tokens);
  if (family === 'quad') {
    // 256 bytes a row are its partial sums.
    const rows = Math.min(FUSED_QUAD.rows, Math.floor(FUNCTION_BYTES / (rowBytes + 256)));
    if (rows > 0) {
      const { groups, columns } = FUSED_QUAD;
      const lanes = 4 * quads;
      const sizes = { ROWS: rows, GROUPS: groups, COLUMNS: columns, lanes };
      return { name: `quad${quadsSuffix(quads)}`, source: fusedQuad, queries: lanes * rows, ...sizes };
    }
  }
  // 64 threads hold a maximum and a partial sum each.
  if (family === 'tile' && 4 * rowBytes + 64 * 32 <= WORKGROUP_BYTES) {
    return { name: 'tile', source: fusedTile, queries: 4 };
  }
  return { name: 'register', source: fusedRegister, queries: 64 };
}

function scoreConstantsOf({ tokens, heads, channels }: AttentionShape) {
  return { CHANNELS: tokens, SCALE: 1 / Math.sqrt(channels / heads) };
}

function nameOf({ tokens, heads, channels }: AttentionShape): string {
  return `${tokens}x${channels} ${heads} heads`;
}

function constantsOf({ views, tokens, heads, channels, ...stored }: AttentionShape) {
  if (channels % (4 * heads) !== 0) {
    throw new MemgpuError(
      'BAD_OPTION',
      `attention over ${channels} channels has ${heads} heads of ${channels / heads} channels, no multiple of 4`,
      { hint: 'Heads of 4, 8, 12 … channels are supported.' },
    );
  }
  return { VIEWS: views, TOKENS: tokens, HEADS: heads, HD4: channels / heads / 4, ...storedConstants(stored) };
}
