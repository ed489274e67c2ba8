import { adapterClass, quadsOf } from '../src/kernels/adapter-class.js';
import {
  type AttentionShape,
  attentionKernel,
  attentionScoresKernel,
  attentionValuesKernel,
} from '../src/kernels/attention.js';
import { familyFor } from '../src/kernels/family.js';
import { layernormKernel, packNorm } from '../src/kernels/layernorm.js';
import { pointwiseKernel } from '../src/kernels/pointwise.js';
import { groupsOfFour } from '../src/kernels/sized-kernel.js';
import { softmaxKernel } from '../src/kernels/softmax.js';
import { swigluKernel } from '../src/kernels/swiglu.js';
import { packTokens, tokenKernel, tokensKernel } from '../src/kernels/tokens.js';
import type { Case } from './case.js';
import { numbers } from './numbers.js';

/** A ViT-B/16 at 224 pixels. */
const [TOKENS, WIDTH, HEADS] = [197, 768, 12];

/** Views of a batch: of tokens, and of scores, which are three times as large. */
const VIEWS = { software: { tokens: 16, attention: 2 }, hardware: { tokens: 96, attention: 32 } };

/** Operations of the formulas for each value; exp and erf count as one. */
const LAYERNORM_FLOPS = 8;
const SOFTMAX_FLOPS = 4;
const GELU_FLOPS = 5;
const SWIGLU_FLOPS = 5;

/** What a transformer runs beside its products: attention, and kernels that compute little for each number. */
export function transformerCases(kind: 'software' | 'hardware'): Case[] {
  return [...attentionCases(VIEWS[kind].attention), ...tokenCases(VIEWS[kind].tokens)];
}

function attentionCases(views: number): Case[] {
  const shape: AttentionShape = { views, tokens: TOKENS, heads: HEADS, channels: WIDTH };
  const rows = HEADS * TOKENS;
  const scores = views * rows * groupsOfFour(TOKENS) * 16;
  const [qkv, context] = [views * TOKENS * 3 * WIDTH * 4, views * TOKENS * WIDTH * 4];
  // Every query with every key, and every probability with every value.
  const product = 2 * views * TOKENS * TOKENS * WIDTH;
  const softmax = SOFTMAX_FLOPS * views * rows * TOKENS;
  const size = `${TOKENS}x${WIDTH} h${HEADS} b${views}`;
  return [
    {
      name: `attention-scores ${size}`,
      make: ({ facts }) => ({
        sized: attentionScoresKernel(shape, familyFor(facts), quadsOf(adapterClass(facts))),
        count: views,
        bound: [numbers(qkv / 4), scores],
        flops: product,
        // Queries and keys, not values.
        bytes: (qkv * 2) / 3 + scores,
      }),
    },
    {
      name: `softmax ${rows}x${TOKENS} b${views}`,
      make: ({ facts }) => ({
        sized: softmaxKernel({ views, rows, columns: TOKENS }, familyFor(facts)),
        count: views,
        bound: [numbers(scores / 4), scores],
        flops: softmax,
      }),
    },
    {
      name: `attention-values ${size}`,
      make: ({ facts }) => ({
        sized: attentionValuesKernel(shape, familyFor(facts), quadsOf(adapterClass(facts))),
        count: views,
        bound: [numbers(scores / 4, 0, 0.01), numbers(qkv / 4), context],
        flops: product,
        bytes: scores + qkv / 3 + context,
      }),
    },
    {
      name: `attention ${size}`,
      make: ({ facts }) => ({
        sized: attentionKernel(shape, familyFor(facts), quadsOf(adapterClass(facts))),
        count: views,
        bound: [numbers(qkv / 4), context],
        flops: 2 * product + softmax,
      }),
    },
  ];
}

function tokenCases(views: number): Case[] {
  const values = views * TOKENS * WIDTH;
  const tokens = { views, positions: TOKENS, channels: WIDTH };
  const gelu = { bias: false, affine: false, relu: false, gelu: true, residual: false, reluAfterAdd: false };
  const patches = TOKENS - 1;
  const size = `${TOKENS}x${WIDTH} b${views}`;
  return [
    {
      name: `layernorm ${size}`,
      make: ({ facts }) => ({
        sized: layernormKernel(tokens, { eps: 1e-6 }, familyFor(facts)),
        count: views,
        bound: [numbers(values), packNorm(WIDTH, numbers(WIDTH), numbers(WIDTH)), values * 4],
        flops: LAYERNORM_FLOPS * values,
      }),
    },
    {
      name: `gelu ${size}`,
      make: () => ({
        sized: pointwiseKernel(tokens, gelu),
        count: views,
        bound: [numbers(values), numbers(3 * WIDTH), values * 4],
        flops: GELU_FLOPS * values,
      }),
    },
    {
      name: `swiglu ${size}`,
      make: () => ({
        sized: swigluKernel(tokens),
        count: views,
        bound: [numbers(2 * values), values * 4],
        flops: SWIGLU_FLOPS * values,
      }),
    },
    {
      name: `tokens 1+${patches}x${WIDTH} b${views}`,
      make: () => ({
        sized: tokensKernel({ views, patches, prefix: 1, channels: WIDTH }, { positions: true }),
        count: views,
        bound: [
          numbers(views * patches * WIDTH),
          packTokens(WIDTH, numbers(WIDTH), numbers(patches * WIDTH)),
          values * 4,
        ],
        flops: views * patches * WIDTH,
      }),
    },
    {
      name: `token 0 of ${size}`,
      make: () => ({
        sized: tokenKernel({ views, tokens: TOKENS, channels: WIDTH }, 0),
        count: views,
        bound: [numbers(values), views * WIDTH * 4],
        flops: 0,
        bytes: 2 * views * WIDTH * 4,
      }),
    },
  ];
}
