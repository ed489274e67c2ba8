import { expect, test, vi } from 'vitest';
import { bytesOf } from '../../bench/case.js';
import { convolutionCase } from '../../bench/convolutions.js';
import { MADE_UP, madeUpResNet9 } from '../../bench/made-up.js';
import { parseShape } from '../../bench/shapes.js';
import { choose, standardCases } from '../../bench/standard.js';
import { nullGpu } from '../../src/gpu/null.js';

// Nothing here depends on values, and zeros cost nothing.
vi.mock('../../bench/numbers.js', () => ({ numbers: (count: number) => new Float32Array(count) }));

const gpu = nullGpu();
const resnet9 = await madeUpResNet9();

test('equal names are equal work: no two rows have one', () => {
  for (const kind of ['software', 'hardware'] as const) {
    const names = standardCases(resnet9, kind).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});

test.each(['software', 'hardware'] as const)('every adapter can bind what a %s adapter is measured with', (kind) => {
  const least = 128 * 2 ** 20;
  for (const one of standardCases(resnet9, kind)) {
    for (const part of one.make(gpu).bound) {
      const bytes = typeof part === 'number' ? part : 'inPlace' in part ? part.inPlace : part.byteLength;
      expect(bytes, one.name).toBeLessThanOrEqual(least);
    }
  }
});

test('every kernel of an encoder and of an analysis has a row', () => {
  const labels = standardCases(resnet9, 'software').map((one) => one.make(gpu).sized.kernel.label.split(' ')[0]);
  expect([...new Set(labels)].sort()).toEqual(
    [
      ...['conv', 'grouped-conv', 'pointwise', 'maxpool', 'avgpool', 'global-avgpool', 'shortcut-pad'],
      ...['winograd-input', 'winograd'],
      ...['attention', 'attention-scores', 'attention-values', 'softmax', 'layernorm', 'swiglu', 'token', 'tokens'],
      ...['view-resample', 'view-color', 'view-blur', 'view-gray-rows', 'view-gray-mean'],
      ...['view-moments', 'view-norms', 'unit-means', 'pair-distances', 'pair-sums'],
    ].sort(),
  );
});

test('the convolutions of the authors’ ResNet-9 are measured once each, in its 24.48 M multiply-adds', () => {
  const rows = standardCases(resnet9, 'software').slice(0, 6);
  expect(rows.map(({ name }) => name)).toEqual([
    'conv 3x3/1 3>32 @32 b64',
    'conv 3x3/1 32>64 @16 b64',
    'conv 3x3/1 64>64 @8 b64',
    'conv 3x3/1 64>128 @8 b64',
    'conv 3x3/1 128>256 @4 b64',
    'conv 3x3/1 256>256 @2 b64',
  ]);
  // Two of them are run twice in a forward pass.
  const runs = [1, 1, 2, 1, 1, 2];
  const flops = rows.reduce((sum, row, i) => sum + runs[i]! * row.make(gpu).flops, 0);
  expect(flops / 64 / 2).toBe(24_477_696);
});

test.each([
  // Input and output of 4 views, weights, 3 vectors of channels, and the count.
  ['conv:4,8,8,16', 4 * 64 * (8 + 16) * 4 + 9 * 8 * 16 * 4],
  // 3 channels are stored as 4.
  ['conv:4,8,3,16', 4 * 64 * (4 + 16) * 4 + 9 * 4 * 16 * 4],
  // A 1×1 convolution of stride 2 reads a quarter of its input.
  ['conv:4,8,8,16,1,2', 4 * 16 * (8 + 16) * 4 + 8 * 16 * 4],
  ['gemm:1,3072,768', (768 + 3072 + 768 * 3072) * 4],
])('%s moves %d bytes', (shape, bytes) => {
  expect(bytesOf(convolutionCase(parseShape(shape)).make(gpu))).toBe(bytes);
});

test('what is read and written in place moves twice', () => {
  expect(bytesOf({ bound: [new Float32Array(4), 100, { inPlace: 8 }] })).toBe(132);
});

test('a shape that no buffer of the adapter holds is refused by name', () => {
  expect(() => convolutionCase(parseShape('conv:100000,224,64,64')).make(gpu)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('conv 3x3/1 64>64 @224 b100000') }),
  );
});

test('patterns choose in the order of the list, each row once; one that names nothing is refused with a near name', () => {
  expect(choose(MADE_UP, '--model', 'resnet?8*').map(({ name }) => name)).toEqual(['resnet18@32']);
  expect(choose(MADE_UP, '--model', 'vit-*@224').map(({ name }) => name)).toEqual([
    'vit-tiny/16@224',
    'vit-base/16@224',
  ]);
  expect(choose(MADE_UP, '--model', '*@224,*16*,resnet9*').map(({ name }) => name)).toEqual([
    'resnet9@32',
    'resnet50@224',
    'vit-tiny/16@224',
    'vit-base/16@224',
  ]);
  expect(() => choose(MADE_UP, '--model', '*,resnet90@32')).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: "--model: 'resnet90@32' names none of the 7",
      hint: "Did you mean 'resnet9@32'?",
    }),
  );
});
