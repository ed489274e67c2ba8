import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { type ShortcutPadShape, shortcutPadKernel } from '../../src/kernels/shortcut-pad.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

/** views, height, width, channels, out, stride */
const SHAPES: readonly (readonly [number, number, number, number, number, number])[] = [
  [1, 1, 1, 1, 1, 1],
  [3, 4, 4, 16, 32, 2],
  [2, 5, 7, 3, 6, 2],
  [2, 6, 5, 8, 13, 1],
  [1, 7, 7, 5, 15, 3],
  [1, 13, 5, 4, 5, 1],
  [2, 8, 8, 6, 20, 2],
];

function shapeOf([views, height, width, channels, out, stride]: (typeof SHAPES)[number]): ShortcutPadShape {
  return { views, height, width, channels, out, stride };
}

const stored = (channels: number) => Math.ceil(channels / 4) * 4;

async function pad(shape: ShortcutPadShape, input: Float32Array, count = shape.views): Promise<Float32Array> {
  const positions = Math.ceil(shape.height / shape.stride) * Math.ceil(shape.width / shape.stride);
  const [output] = await runKernel(gpu, shortcutPadKernel(shape), count, [
    padChannels(input, shape.channels),
    { writes: shape.views * positions * stored(shape.out) },
  ]);
  return output!;
}

test.each(SHAPES)(
  'views %i, %ix%i, %i to %i channels, stride %i: every value in its place, zeros elsewhere',
  async (...row) => {
    const shape = shapeOf(row);
    const { views, height: H, width: W, channels, out, stride } = shape;
    const input = values(views * H * W * channels, 1);
    input[0] = Number.NaN;
    const output = await pad(shape, input);
    const before = Math.floor((out - channels) / 2);
    const want: number[] = [];
    for (let b = 0; b < views; b++)
      for (let y = 0; y < H; y += stride)
        for (let x = 0; x < W; x += stride)
          for (let o = 0; o < stored(out); o++) {
            const c = o - before;
            want.push(c >= 0 && c < channels ? input[((b * H + y) * W + x) * channels + c]! : 0);
          }
    expect([...bits(output)]).toEqual([...bits(new Float32Array(want))]);
    await recordBits(`shortcut-pad ${row.join(' ')}`, output);
  },
);

test('a view has the same bits alone and in any place of a batch, and a batch that is not full leaves the rest', async () => {
  const shape = shapeOf([5, 4, 6, 6, 9, 2]);
  const input = values(5 * 144, 2);
  const whole = await pad(shape, input);
  const size = whole.length / 5;
  for (const view of [0, 2, 4]) {
    const alone = await pad({ ...shape, views: 1 }, input.slice(view * 144, (view + 1) * 144));
    expect(bits(alone)).toEqual(bits(whole.slice(view * size, (view + 1) * size)));
  }
  const part = await pad(shape, input, 3);
  for (let i = 0; i < part.length; i++) expect(isGarbage(part, i)).toBe(i >= 3 * size);
});
