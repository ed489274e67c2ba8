import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { packTokens, type TokensShape, tokenKernel, tokensKernel } from '../../src/kernels/tokens.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

/** views, patches, prefix, channels */
const SHAPES: readonly (readonly [number, number, number, number])[] = [
  [1, 1, 0, 1],
  [1, 1, 1, 4],
  [3, 4, 1, 5],
  [2, 9, 5, 7],
  [2, 62, 1, 4],
  [1, 63, 1, 4],
  [1, 64, 1, 4],
  [2, 196, 1, 64],
];

function shapeOf([views, patches, prefix, channels]: (typeof SHAPES)[number]): TokensShape {
  return { views, patches, prefix, channels };
}

const stored = (channels: number) => Math.ceil(channels / 4) * 4;
const patchesOf = ({ views, patches, channels }: TokensShape, seed: number) => values(views * patches * channels, seed);

async function assemble(
  shape: TokensShape,
  patches: Float32Array,
  prefix: Float32Array,
  positions?: Float32Array,
  count = shape.views,
): Promise<Float32Array> {
  const writes = shape.views * (shape.prefix + shape.patches) * stored(shape.channels);
  const sized = tokensKernel(shape, { positions: positions !== undefined });
  const table = packTokens(shape.channels, prefix, positions);
  const [output] = await runKernel(gpu, sized, count, [padChannels(patches, shape.channels), table, { writes }]);
  return output!;
}

describe.each([true, false])('tokens, positions %s', (positioned) => {
  test.each(SHAPES)('views %i, %i patches after %i others, %i channels: one addition each, exactly', async (...row) => {
    const shape = shapeOf(row);
    const { views, patches: count, prefix: before, channels } = shape;
    const [patches, prefix] = [patchesOf(shape, 1), values(before * channels, 2)];
    const positions = positioned ? values(count * channels, 3) : undefined;
    const output = await assemble(shape, patches, prefix, positions);
    const want: number[] = [];
    for (let b = 0; b < views; b++)
      for (let t = 0; t < before + count; t++)
        for (let c = 0; c < stored(channels); c++) {
          const [p, q] = [(b * count + t - before) * channels + c, (t - before) * channels + c];
          if (c >= channels) want.push(0);
          else if (t < before) want.push(prefix[t * channels + c]!);
          else want.push(Math.fround(patches[p]! + (positions?.[q] ?? 0)));
        }
    expect([...output]).toEqual(want);
    await recordBits(`tokens ${positioned} ${row.join(' ')}`, output);
  });

  test('a view has the same bits alone and in any place of a batch, and a batch that is not full leaves the rest', async () => {
    const shape = shapeOf([5, 6, 2, 7]);
    const [patches, prefix] = [patchesOf(shape, 4), values(14, 5)];
    const positions = positioned ? values(42, 6) : undefined;
    const whole = await assemble(shape, patches, prefix, positions);
    for (const view of [0, 2, 4]) {
      const own = patches.slice(view * 42, (view + 1) * 42);
      const alone = await assemble({ ...shape, views: 1 }, own, prefix, positions);
      expect(bits(alone)).toEqual(bits(whole.slice(view * 64, (view + 1) * 64)));
    }
    const part = await assemble(shape, patches, prefix, positions, 3);
    for (let i = 0; i < part.length; i++) expect(isGarbage(part, i)).toBe(i >= 3 * 64);
    expect(bits(part.slice(0, 192))).toEqual(bits(whole.slice(0, 192)));
  });

  test('a NaN stays in its own place', async () => {
    const shape = shapeOf([2, 3, 1, 4]);
    const patches = patchesOf(shape, 7);
    patches[13] = Number.NaN; // view 1, patch 0, channel 1
    const output = await assemble(shape, patches, values(4, 8), positioned ? values(12, 9) : undefined);
    expect([...output].flatMap((value, at) => (Number.isNaN(value) ? [at] : []))).toEqual([16 + 4 + 1]);
  });
});

describe('one token', () => {
  const select = async (
    views: number,
    tokens: number,
    channels: number,
    index: number,
    input: Float32Array,
    count = views,
  ) => {
    const kernel = tokenKernel({ views, tokens, channels }, index);
    const [output] = await runKernel(gpu, kernel, count, [
      padChannels(input, channels),
      { writes: views * stored(channels) },
    ]);
    return output!;
  };

  test.each([
    [1, 1, 1, 0],
    [3, 5, 6, 4],
    [2, 197, 256, 0],
    [2, 3, 260, 1],
  ])('views %i, %i tokens of %i channels: number %i, bit for bit', async (views, tokens, channels, index) => {
    const input = values(views * tokens * channels, 10);
    input[index * channels] = Number.NaN;
    const output = await select(views, tokens, channels, index, input);
    const rows = Array.from({ length: views }, (_, b) =>
      padChannels(input.slice((b * tokens + index) * channels, (b * tokens + index + 1) * channels), channels),
    );
    expect([...bits(output)]).toEqual(rows.flatMap((row) => [...bits(row)]));
    await recordBits(`token ${views} ${tokens} ${channels} ${index}`, output);
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const output = await select(5, 3, 6, 1, values(90, 11), 2);
    for (let i = 0; i < output.length; i++) expect(isGarbage(output, i)).toBe(i >= 16);
  });
});
