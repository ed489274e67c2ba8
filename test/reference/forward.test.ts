import { describe, expect, test } from 'vitest';
import type { Op } from '../../src/graph/graph.js';
import { nchwToNhwc, nhwcToNchw, type RefParameters, runGraphF64 } from './forward.js';

/** One op on one view of 1 channel, 3 × 3, holding 1 … 9 row by row. */
const run = (op: Op, parameters: RefParameters = new Map()) => {
  const graph = {
    family: 'x',
    input: { channels: 1, height: 3, width: 3 },
    nodes: [{ name: 'n', op, inputs: op.kind === 'add' ? ['input', 'input'] : ['input'], label: 'n' }],
  };
  return [...runGraphF64(graph, parameters, [1, 2, 3, 4, 5, 6, 7, 8, 9], 1).get('n')!];
};

describe('ops on 1 … 9, worked by hand', () => {
  test('a convolution correlates (no flip), pads with zeros, adds the bias', () => {
    const op: Op = { kind: 'conv', weight: 'w', bias: 'b', out: 1, kernel: 3, stride: 2, padding: 1 };
    // The kernel's right and lower neighbours, weighted 10 and 1000, beside the centre.
    const w = [0, 0, 0, 0, 1, 10, 0, 1000, 0];
    expect(
      run(
        op,
        new Map([
          ['w', w],
          ['b', [0.5]],
        ]),
      ),
    ).toEqual([4021.5, 6003.5, 87.5, 9.5]);
  });

  test('weights are [out, in, ky, kx]', () => {
    const graph = {
      family: 'x',
      input: { channels: 2, height: 1, width: 2 },
      nodes: [
        {
          name: 'n',
          op: { kind: 'conv', weight: 'w', bias: null, out: 2, kernel: 1, stride: 1, padding: 0 } as const,
          inputs: ['input'],
          label: 'n',
        },
      ],
    };
    const values = runGraphF64(graph, new Map([['w', [1, 10, 100, 1000]]]), [1, 2, 3, 4], 1).get('n')!;
    expect([...values]).toEqual([21, 2100, 43, 4300]);
  });

  test.each<[string, Op, number[]]>([
    ['max pool, padding never wins', { kind: 'maxpool', kernel: 3, stride: 2, padding: 1 }, [5, 6, 8, 9]],
    ['max pool drops what does not fit', { kind: 'maxpool', kernel: 2, stride: 2, padding: 0 }, [5]],
    [
      'mean pool counts padding',
      { kind: 'avgpool', kernel: 3, stride: 2, padding: 1 },
      [12 / 9, 16 / 9, 24 / 9, 28 / 9],
    ],
    ['global mean', { kind: 'global-avgpool' }, [5]],
    ['mean but for the first two', { kind: 'global-avgpool', from: 2 }, [6]],
    ['sum', { kind: 'add' }, [2, 4, 6, 8, 10, 12, 14, 16, 18]],
  ])('%s', (_, op, expected) => {
    expect(run(op)).toEqual(expected);
  });

  test('affine, then ReLU', () => {
    const parameters = new Map([
      ['s', [-1]],
      ['t', [5]],
    ]);
    expect(run({ kind: 'affine', scale: 's', shift: 't' }, parameters)).toEqual([4, 3, 2, 1, 0, -1, -2, -3, -4]);
    expect(run({ kind: 'relu' })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

test('the two layouts are each other turned round', () => {
  const shape = { channels: 2, height: 1, width: 3 };
  expect([...nchwToNhwc([1, 2, 3, 4, 5, 6], 1, shape)]).toEqual([1, 4, 2, 5, 3, 6]);
  expect([...nhwcToNchw([1, 4, 2, 5, 3, 6, 7, 8, 9, 10, 11, 12], 2, shape)].slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
});
