import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import {
  type AttentionShape,
  attentionKernel,
  attentionScoresKernel,
  attentionValuesKernel,
} from '../../src/kernels/attention.js';
import { FAMILIES, type Family } from '../../src/kernels/family.js';
import { softmaxKernel } from '../../src/kernels/softmax.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

/** views, tokens, heads, channels per head */
const SHAPES: readonly (readonly [number, number, number, number])[] = [
  [1, 1, 1, 4],
  [3, 2, 3, 4],
  [2, 5, 1, 16],
  [1, 7, 3, 20],
  [1, 63, 3, 16],
  [2, 64, 1, 4],
  [1, 65, 3, 64],
  [1, 70, 1, 80],
  [1, 197, 1, 64],
];

function shapeOf([views, tokens, heads, perHead]: (typeof SHAPES)[number]): AttentionShape {
  return { views, tokens, heads, channels: heads * perHead };
}

const stored = (channels: number) => Math.ceil(channels / 4) * 4;
const u = 2 ** -24;
/** What n roundings in a row can do, relative to the sum of magnitudes. */
const gamma = (n: number) => (n * u) / (1 - n * u);

interface Sum {
  readonly value: number;
  /** The sum of the terms' magnitudes. */
  readonly scale: number;
}

/** Σ_n a(n)·b(n) in float64. */
function sum(count: number, a: (n: number) => number, b: (n: number) => number): Sum {
  let [value, scale] = [0, 0];
  for (let n = 0; n < count; n++) {
    const product = a(n) * b(n);
    value += product;
    scale += Math.abs(product);
  }
  return { value, scale };
}

/** Score of query i and key j, by the definition. */
function score(
  { tokens, heads, channels }: AttentionShape,
  qkv: Float32Array,
  b: number,
  h: number,
  i: number,
  j: number,
): Sum {
  const perHead = channels / heads;
  const q = (b * tokens + i) * 3 * channels + h * perHead;
  const k = (b * tokens + j) * 3 * channels + channels + h * perHead;
  const { value, scale } = sum(
    perHead,
    (c) => qkv[q + c]!,
    (c) => qkv[k + c]!,
  );
  return { value: value / Math.sqrt(perHead), scale: scale / Math.sqrt(perHead) };
}

const qkvOf = ({ views, tokens, channels }: AttentionShape, seed: number, low = -1) =>
  values(views * tokens * 3 * channels, seed, low);

async function scores(shape: AttentionShape, family: Family, qkv: Float32Array, count = shape.views) {
  const writes = shape.views * shape.heads * shape.tokens * stored(shape.tokens);
  const [output] = await runKernel(gpu, attentionScoresKernel(shape, family), count, [qkv, { writes }]);
  return output!;
}

/** Probabilities that no softmax made, [views·heads·tokens, tokens]: any numbers will do. */
const probabilitiesOf = ({ views, heads, tokens }: AttentionShape, seed: number, low = 0) =>
  values(views * heads * tokens * tokens, seed, low);

async function context(
  shape: AttentionShape,
  family: Family,
  probabilities: Float32Array,
  qkv: Float32Array,
  count = shape.views,
) {
  const [output] = await runKernel(gpu, attentionValuesKernel(shape, family), count, [
    padChannels(probabilities, shape.tokens),
    qkv,
    { writes: shape.views * shape.tokens * shape.channels },
  ]);
  return output!;
}

async function fused(shape: AttentionShape, family: Family, qkv: Float32Array, count = shape.views) {
  const writes = shape.views * shape.tokens * shape.channels;
  const [output] = await runKernel(gpu, attentionKernel(shape, family), count, [qkv, { writes }]);
  return output!;
}

/** Context by three kernels, scores and probabilities stored between them. */
async function inThreeSteps(shape: AttentionShape, family: Family, qkv: Float32Array) {
  const { views, heads, tokens, channels } = shape;
  const s = await scores(shape, family, qkv);
  const sized = softmaxKernel({ views, rows: heads * tokens, columns: tokens }, family);
  const [p] = await runKernel(gpu, sized, views, [s, { writes: s.length }]);
  const [output] = await runKernel(gpu, attentionValuesKernel(shape, family), views, [
    p!,
    qkv,
    { writes: views * tokens * channels },
  ]);
  return output!;
}

describe.each(FAMILIES.filter((family) => family !== 'tile'))('attention, family %s', (family) => {
  test.each(SHAPES)(
    'views %i, %i tokens, %i heads of %i: scores within the bound of their products',
    async (...row) => {
      const shape = shapeOf(row);
      const { views, tokens, heads } = shape;
      for (const low of [-1, 0]) {
        const qkv = qkvOf(shape, 1, low);
        const output = await scores(shape, family, qkv);
        // Products, sums and the scaling are rounded, and so is the scale itself.
        const bound = gamma(row[3] + 2);
        let worst = 0;
        for (let b = 0, at = 0; b < views; b++)
          for (let h = 0; h < heads; h++)
            for (let i = 0; i < tokens; i++)
              for (let j = 0; j < stored(tokens); j++, at++) {
                if (j >= tokens) {
                  if (output[at] !== 0) expect(output[at]).toBe(0);
                  continue;
                }
                const { value, scale } = score(shape, qkv, b, h, i, j);
                worst = Math.max(worst, Math.abs(output[at]! - value) / scale);
              }
        expect(worst).toBeLessThanOrEqual(bound);
      }
    },
  );

  test.each(SHAPES)(
    'views %i, %i tokens, %i heads of %i: values within the bound of their products',
    async (...row) => {
      const shape = shapeOf(row);
      const { views, tokens, heads, channels } = shape;
      const perHead = row[3];
      for (const low of [-1, 0]) {
        const qkv = qkvOf(shape, 2, low);
        const probabilities = probabilitiesOf(shape, 3, low);
        const output = await context(shape, family, probabilities, qkv);
        let worst = 0;
        for (let b = 0, at = 0; b < views; b++)
          for (let i = 0; i < tokens; i++)
            for (let d = 0; d < channels; d++, at++) {
              const h = Math.floor(d / perHead);
              const { value, scale } = sum(
                tokens,
                (j) => probabilities[((b * heads + h) * tokens + i) * tokens + j]!,
                (j) => qkv[(b * tokens + j) * 3 * channels + 2 * channels + d]!,
              );
              worst = Math.max(worst, Math.abs(output[at]! - value) / scale);
            }
        expect(worst).toBeLessThanOrEqual(gamma(tokens));
      }
    },
  );

  test('a view has the same bits alone and in any place of a batch, and each time', async () => {
    const shape = shapeOf([5, 19, 2, 12]);
    const qkv = qkvOf(shape, 4);
    const probabilities = probabilitiesOf(shape, 5);
    const [s, c] = [await scores(shape, family, qkv), await context(shape, family, probabilities, qkv)];
    expect(bits(await scores(shape, family, qkv))).toEqual(bits(s));
    expect(bits(await context(shape, family, probabilities, qkv))).toEqual(bits(c));
    const part = (data: Float32Array, view: number) =>
      data.slice((view * data.length) / 5, ((view + 1) * data.length) / 5);
    const one = { ...shape, views: 1 };
    for (const view of [0, 2, 4]) {
      expect(bits(await scores(one, family, part(qkv, view)))).toEqual(bits(part(s, view)));
      expect(bits(await context(one, family, part(probabilities, view), part(qkv, view)))).toEqual(bits(part(c, view)));
    }
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const shape = shapeOf([5, 6, 2, 8]);
    const qkv = qkvOf(shape, 6);
    for (const output of [
      await scores(shape, family, qkv, 3),
      await context(shape, family, probabilitiesOf(shape, 7), qkv, 3),
    ])
      for (let i = 0; i < output.length; i++) expect(isGarbage(output, i)).toBe(i >= (3 * output.length) / 5);
  });

  test('a NaN of a query, a key or a value reaches all that reads it and nothing else', async () => {
    const shape = shapeOf([2, 6, 3, 8]);
    const { tokens, channels } = shape;
    const lost = Array.from({ length: 3 }, (_, third) => {
      const qkv = qkvOf(shape, 8);
      qkv[(tokens + 5) * 3 * channels + third * channels + 11] = Number.NaN; // view 1, token 5, head 1
      return qkv;
    });
    for (const third of [0, 1]) {
      const output = await scores(shape, family, lost[third]!);
      output.forEach((value, at) => {
        const [j, i] = [at % 8, Math.floor(at / 8) % 6];
        const inHead = Math.floor(at / 48) === 3 + 1;
        expect(Number.isNaN(value)).toBe(inHead && j < 6 && (third === 0 ? i : j) === 5);
      });
    }
    const output = await context(shape, family, probabilitiesOf(shape, 9), lost[2]!);
    output.forEach((value, at) => {
      expect(Number.isNaN(value)).toBe(at >= 6 * channels && at % channels === 11);
    });
  });
});

test.each(SHAPES)('views %i, %i tokens, %i heads of %i: the families agree in every bit', async (...row) => {
  const shape = shapeOf(row);
  if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
  const qkv = qkvOf(shape, 11);
  const probabilities = probabilitiesOf(shape, 12);
  const [s, c] = [await scores(shape, 'quad', qkv), await context(shape, 'quad', probabilities, qkv)];
  expect(bits(await scores(shape, 'register', qkv))).toEqual(bits(s));
  expect(bits(await context(shape, 'register', probabilities, qkv))).toEqual(bits(c));
  await recordBits(`scores ${row.join(' ')}`, s);
  await recordBits(`values ${row.join(' ')}`, c);
});

test.each(SHAPES)(
  'views %i, %i tokens, %i heads of %i: one kernel has the bits of three, within the bound',
  async (...row) => {
    const shape = shapeOf(row);
    const { views, tokens, heads, channels } = shape;
    const perHead = row[3];
    for (const low of [-1, 0]) {
      const qkv = qkvOf(shape, 13, low).map((value, at) => (at % (3 * channels) < channels ? 4 * value : value));
      const outputs = [await inThreeSteps(shape, 'quad', qkv)];
      for (const family of FAMILIES) outputs.push(await fused(shape, family, qkv));
      const same = gpu.facts.kind !== 'hardware'; // a driver may contract a·b + c there
      if (same) for (const output of outputs) expect(bits(output)).toEqual(bits(outputs[0]!));
      let worst = 0;
      for (let b = 0; b < views; b++)
        for (let h = 0; h < heads; h++)
          for (let i = 0; i < tokens; i++) {
            const found = Array.from({ length: tokens }, (_, j) => score(shape, qkv, b, h, i, j));
            const peak = Math.max(...found.map(({ value }) => value));
            const e = found.map(({ value }) => Math.exp(value - peak));
            const total = e.reduce((sum, value) => sum + value, 0);
            // An error δ of scores is a factor of at most e^2δ on a probability: δ in its own score, δ in those of the sum. The
            // exponentials are within an ulp; those below e^-87 are 0.
            const delta = Math.max(...found.map(({ scale }) => scale)) * (gamma(perHead + 2) + u) + Math.abs(peak) * u;
            const relative = Math.expm1(2 * delta) + gamma(2 * tokens + 8);
            for (let c = 0; c < perHead; c++) {
              const { value, scale } = sum(
                tokens,
                (j) => e[j]! / total,
                (j) => qkv[(b * tokens + j) * 3 * channels + 2 * channels + h * perHead + c]!,
              );
              const bound = relative * scale + tokens * Math.exp(-87);
              for (const output of same ? outputs.slice(0, 1) : outputs)
                worst = Math.max(
                  worst,
                  Math.abs(output[(b * tokens + i) * channels + h * perHead + c]! - value) / bound,
                );
            }
          }
      expect(worst).toBeLessThanOrEqual(1);
      if (low === -1) await recordBits(`attention ${row.join(' ')}`, outputs[0]!);
    }
  },
);

describe.each(FAMILIES)('attention in one kernel, family %s', (family) => {
  test('a view has the same bits alone and in any place of a batch, and each time; the rest stays untouched', async () => {
    const shape = shapeOf([5, 19, 2, 12]);
    const qkv = qkvOf(shape, 14);
    const whole = await fused(shape, family, qkv);
    expect(bits(await fused(shape, family, qkv))).toEqual(bits(whole));
    const [from, to] = [qkv.length / 5, whole.length / 5];
    for (const view of [0, 2, 4]) {
      const alone = await fused({ ...shape, views: 1 }, family, qkv.slice(view * from, (view + 1) * from));
      expect(bits(alone)).toEqual(bits(whole.slice(view * to, (view + 1) * to)));
    }
    const part = await fused(shape, family, qkv, 3);
    for (let i = 0; i < part.length; i++) expect(isGarbage(part, i)).toBe(i >= 3 * to);
  });

  test('a NaN or infinity of a query, a key or a value reaches all that reads it and nothing else', async () => {
    const shape = shapeOf([2, 6, 3, 8]);
    const { tokens, channels } = shape;
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      for (const third of [0, 1, 2]) {
        const qkv = qkvOf(shape, 8, 0); // positive: an infinite score is +∞
        qkv[(tokens + 5) * 3 * channels + third * channels + 11] = bad; // view 1, token 5, head 1
        const output = await fused(shape, family, qkv);
        output.forEach((value, at) => {
          const [view, token, channel] = [
            Math.floor(at / (tokens * channels)),
            Math.floor(at / channels) % tokens,
            at % channels,
          ];
          const reads = third === 0 ? token === 5 : third === 1 || channel === 11;
          const lost = view === 1 && Math.floor(channel / 8) === 1 && reads;
          expect(Number.isFinite(value)).toBe(!lost);
        });
      }
  });
});

test('with more tokens than a family keeps rows of, attention has the same bits', async () => {
  if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c in one of them
  for (const [tokens, families] of [
    [900, ['tile']],
    [965, ['quad']],
    [1990, ['quad']],
  ] as const) {
    const shape = shapeOf([1, tokens, 1, 4]);
    const qkv = qkvOf(shape, 15);
    const want = bits(await inThreeSteps(shape, 'quad', qkv));
    for (const family of families) expect(bits(await fused(shape, family, qkv))).toEqual(want);
  }
});

test('heads that are no multiple of four channels are refused, and the message says which', () => {
  const shape = { views: 1, tokens: 5, heads: 3, channels: 18 };
  for (const kernel of [attentionKernel, attentionScoresKernel, attentionValuesKernel])
    expect(() => kernel(shape, 'quad')).toThrow(
      'attention over 18 channels has 3 heads of 6 channels, no multiple of 4',
    );
});
