import { describe, expect, test } from 'vitest';
import { flopsOf, parseShape, shapeName } from '../../bench/shapes.js';

test.each([
  ['gemm:1024,512,256', 'gemm 1024x512x256', 2 * 1024 * 512 * 256],
  ['conv:32,32,64,64', 'conv 3x3/1 64>64 @32 b32', 2 * 32 * 32 * 32 * 64 * 64 * 9],
  ['conv:1,8,3,16,7,2', 'conv 7x7/2 3>16 @8 b1', 2 * 4 * 4 * 16 * 3 * 49],
  ['conv:2,4,5,6,1,1,0', 'conv 1x1/1 5>6 @4 b2', 2 * 2 * 16 * 6 * 5],
  ['conv:2,8,5,6,3,1,0', 'conv 3x3/1 p0 5>6 @8 b2', 2 * 2 * 36 * 6 * 5 * 9],
])('%s is %s, of %d operations', (text, name, flops) => {
  const shape = parseShape(text);
  expect(shapeName(shape)).toBe(name);
  expect(flopsOf(shape)).toBe(flops);
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
