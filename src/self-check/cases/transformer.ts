import type { Storage } from '../../half.js';
import { quadsOf } from '../../kernels/adapter-class.js';
import { attentionKernel, attentionScoresKernel, attentionValuesKernel } from '../../kernels/attention.js';
import type { Design } from '../../kernels/design.js';
import type { Family } from '../../kernels/family.js';
import { layernormKernel, packNorm } from '../../kernels/layernorm.js';
import { softmaxKernel } from '../../kernels/softmax.js';
import { swigluKernel } from '../../kernels/swiglu.js';
import { packTokens, tokenKernel, tokensKernel } from '../../kernels/tokens.js';
import { answer, type KernelCase, stored } from '../case.js';
import { unchanged } from '../exact/bounded.js';
import { attentionScores, attentionValues, layerNorm, softmax, swiglu, tokenRows } from '../exact/transformer.js';
import { signed } from '../numbers.js';

export function transformerCases(design: Design, storage: Storage): KernelCase[] {
  return [
    ...attentionCases(design, storage),
    layernormCase(design.family, storage),
    softmaxCase(design.family, storage),
    swigluCase(storage),
    ...tokenCases(storage),
  ];
}

/** 37 tokens: rows of queries and groups of keys end within every tile. The small Vision Transformer shares this kernel. */
const HEADS = { views: 2, tokens: 37, heads: 2, channels: 40 };

function attentionCases({ family, adapter }: Design, storage: Storage): KernelCase[] {
  const shape = { ...HEADS, storage };
  const { views, tokens, heads, channels } = shape;
  const quads = quadsOf(adapter);
  const qkv = qkvOf(shape);
  const rows = signed(views * heads * tokens * tokens, 42, storage).map(Math.abs);
  return [
    fusedCase(shape, family, quads),
    // Where the queries of many tokens do not fit the family's memory, it has the kernel that keeps none.
    ...(family === 'register' ? [] : [fusedCase({ ...shape, channels: 16 }, 'register', quads)]),
    {
      sized: attentionScoresKernel(shape, family, quads),
      count: views,
      bound: () => [stored(qkv, 3 * channels, storage), answer(attentionScores(shape, qkv), tokens, storage)],
    },
    {
      sized: attentionValuesKernel(shape, family, quads),
      count: views,
      bound: () => [
        stored(rows, tokens, storage),
        stored(qkv, 3 * channels, storage),
        answer(attentionValues(shape, unchanged(rows), qkv), channels, storage),
      ],
    },
  ];
}

function fusedCase(shape: typeof HEADS & { readonly storage: Storage }, by: Family, quads: number): KernelCase {
  const { views, tokens, channels, storage } = shape;
  const qkv = qkvOf(shape);
  return {
    sized: attentionKernel(shape, by, quads),
    count: views,
    bound() {
      const probabilities = softmax(attentionScores(shape, qkv), tokens);
      return [
        stored(qkv, 3 * channels, storage),
        answer(attentionValues(shape, probabilities, qkv), channels, storage),
      ];
    },
  };
}

/** Scores of up to about 8, as trained encoders have them. */
function qkvOf({ views, tokens, channels, storage }: typeof HEADS & { readonly storage: Storage }): Float32Array {
  return signed(views * tokens * 3 * channels, 41, storage).map((value) => 2 * value);
}

/** A whole block of 64 channels, and a rest that is no group of four. */
const CHANNELS = 67;

function layernormCase(family: Family, storage: Storage): KernelCase {
  const shape = { views: 2, positions: 9, channels: CHANNELS, storage };
  const input = signed(2 * 9 * CHANNELS, 43, storage);
  const [weight, bias] = [signed(CHANNELS, 44), signed(CHANNELS, 45)];
  return {
    sized: layernormKernel(shape, { eps: 1e-6 }, family),
    count: 2,
    bound: () => [
      stored(input, CHANNELS, storage),
      packNorm(CHANNELS, weight, bias),
      answer(layerNorm(input, CHANNELS, weight, bias, Math.fround(1e-6)), CHANNELS, storage),
    ],
  };
}

function softmaxCase(family: Family, storage: Storage): KernelCase {
  const input = signed(2 * 9 * CHANNELS, 46, storage).map((value) => 4 * value);
  return {
    sized: softmaxKernel({ views: 2, rows: 9, columns: CHANNELS, storage }, family),
    count: 2,
    bound: () => [stored(input, CHANNELS, storage), answer(softmax(unchanged(input), CHANNELS), CHANNELS, storage)],
  };
}

function swigluCase(storage: Storage): KernelCase {
  const input = signed(2 * 5 * 24, 47, storage).map((value) => 4 * value);
  return {
    sized: swigluKernel({ views: 2, positions: 5, channels: 12, storage }),
    count: 2,
    bound: () => [stored(input, 24, storage), answer(swiglu(input, 12), 12, storage)],
  };
}

function tokenCases(storage: Storage): KernelCase[] {
  const shape = { views: 3, patches: 11, prefix: 2, channels: 10, storage };
  const input = signed(3 * 11 * 10, 48, storage);
  const table = signed(13 * 10, 49);
  const prefix = table.subarray(0, 20);
  const tokens = signed(3 * 13 * 10, 50, storage);
  const third = Float32Array.from({ length: 30 }, (_, i) => tokens[Math.floor(i / 10) * 130 + 20 + (i % 10)]!);
  return [
    {
      sized: tokensKernel(shape, { positions: true }),
      count: 3,
      bound: () => [
        stored(input, 10, storage),
        packTokens(10, prefix, table.subarray(20)),
        answer(tokenRows(shape, true, input, table), 10, storage),
      ],
    },
    {
      sized: tokensKernel(shape, { positions: false }),
      count: 3,
      bound: () => [
        stored(input, 10, storage),
        packTokens(10, prefix),
        answer(tokenRows(shape, false, input, prefix), 10, storage),
      ],
    },
    {
      sized: tokenKernel({ views: 3, tokens: 13, channels: 10, storage }, 2),
      count: 3,
      bound: () => [stored(tokens, 10, storage), answer(unchanged(third), 10, storage)],
    },
  ];
}
