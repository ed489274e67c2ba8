import { describe, expect, test } from 'vitest';
import { madeUpResNet9 } from '../../bench/model.js';
import { flopsOf, parseShape, standardShapes } from '../../bench/shapes.js';

test.each([
  ['gemm:1024,512,256', 'gemm 1024x512x256', 2 * 1024 * 512 * 256],
  ['conv:32,32,64,64', 'conv 3x3/1 64>64 @32x32 b32', 2 * 32 * 32 * 32 * 64 * 64 * 9],
  ['conv:1,8,3,16,7,2', 'conv 7x7/2 3>16 @8x8 b1', 2 * 4 * 4 * 16 * 3 * 49],
  ['conv:2,4,5,6,1,1,0', 'conv 1x1/1 5>6 @4x4 b2', 2 * 2 * 16 * 6 * 5],
])('%s is %s, of %d operations', (text, name, flops) => {
  const shape = parseShape(text);
  expect(shape.name).toBe(name);
  expect(flopsOf(shape.conv)).toBe(flops);
});

describe('refused with how a shape is written', () => {
  test.each([
    '',
    'conv',
    'gemm:1,2',
    'gemm:1,2,3,4',
    'gemm:0,1,1',
    'conv:1,2,3',
    'conv:1,0,1,1',
    'conv:1,2,3,4,5,1,0',
    'pool:1,2,3',
    'gemm:1,2,x',
    'gemm:1,,3',
  ])("'%s'", (text) => {
    expect(() => parseShape(text)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', hint: expect.stringContaining('gemm:M,N,K') }),
    );
  });
});

test('every convolution of the authors’ ResNet-9 is measured once, in its 24.48 M multiply-adds', async () => {
  const shapes = standardShapes(await madeUpResNet9());
  expect(shapes.map(({ name }) => name)).toEqual([
    'conv 3x3/1 64>64 @32x32 b32',
    'gemm 1024x1024x1024',
    'conv 3x3/1 3>32 @32x32 b320',
    'conv 3x3/1 32>64 @16x16 b320',
    'conv 3x3/1 64>64 @8x8 b320',
    'conv 3x3/1 64>128 @8x8 b320',
    'conv 3x3/1 128>256 @4x4 b320',
    'conv 3x3/1 256>256 @2x2 b320',
  ]);
  // Two of them are run twice in a forward pass.
  const runs = [0, 0, 1, 1, 2, 1, 1, 2];
  const flops = shapes.reduce((sum, shape, i) => sum + (runs[i] as number) * flopsOf(shape.conv), 0);
  expect(flops / 320 / 2).toBe(24_477_696);
});
