import { describe, expect, test } from 'vitest';
import type { Graph, GraphNode, Op } from '../../src/graph/graph.js';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import { add, basicBlocks, conv, node, relu } from './small-graphs.js';

const graph = (height: number, width: number, ...nodes: GraphNode[]): Graph => ({
  family: 'x',
  input: { channels: 3, height, width },
  nodes,
});
const shapeOf = (height: number, width: number, op: Op) => {
  const { channels, ...size } = inferShapes(graph(height, width, node('n', op, 'input'))).get('n')!;
  return [channels, size.height, size.width];
};

describe('shapes', () => {
  test.each<[string, Op, readonly [number, number], readonly number[]]>([
    // torchvision's ResNet stem at 224: 112, then 56 (PyTorch's documented formula, worked by hand for the others).
    [
      '7×7/2 pad 3',
      { kind: 'conv', weight: 'w', bias: null, out: 64, kernel: 7, stride: 2, padding: 3 },
      [224, 224],
      [64, 112, 112],
    ],
    ['3×3/2 pad 1 pool', { kind: 'maxpool', kernel: 3, stride: 2, padding: 1 }, [112, 112], [3, 56, 56]],
    [
      '3×3/2 on odd sides',
      { kind: 'conv', weight: 'w', bias: null, out: 5, kernel: 3, stride: 2, padding: 1 },
      [7, 10],
      [5, 4, 5],
    ],
    [
      '3×3 pad 2 (solo-learn)',
      { kind: 'conv', weight: 'w', bias: null, out: 5, kernel: 3, stride: 1, padding: 2 },
      [32, 32],
      [5, 34, 34],
    ],
    ['2×2/2 drops an odd row', { kind: 'avgpool', kernel: 2, stride: 2, padding: 0 }, [5, 4], [3, 2, 2]],
    ['global mean', { kind: 'global-avgpool' }, [5, 4], [3, 1, 1]],
    ['mean but for the first positions', { kind: 'global-avgpool', from: 19 }, [5, 4], [3, 1, 1]],
    ['linear', { kind: 'linear', weight: 'w', bias: null, out: 10 }, [1, 1], [10, 1, 1]],
    ['affine', { kind: 'affine', scale: 's', shift: 't' }, [5, 4], [3, 5, 4]],
  ])('of %s', (_, op, [height, width], expected) => {
    expect(shapeOf(height, width, op)).toEqual(expected);
  });

  test('every node has one, the input first', () => {
    expect([...inferShapes(basicBlocks).keys()]).toEqual(['input', ...basicBlocks.nodes.map(({ name }) => name)]);
  });

  test('are reported as [C, H, W], or [D] where there is one position', () => {
    expect(reportShape({ channels: 6, height: 2, width: 3 })).toEqual([6, 2, 3]);
    expect(reportShape({ channels: 6, height: 1, width: 1 })).toEqual([6]);
  });
});

describe('SHAPE_MISMATCH names the node', () => {
  test.each<[string, Graph, string]>([
    [
      'a sum of two shapes',
      graph(4, 4, conv('a', 5, 'input'), add('sum', 'a', 'input')),
      'node sum: adds [5, 4, 4] and [3, 4, 4]',
    ],
    [
      'a window that does not fit',
      graph(2, 2, node('p', { kind: 'maxpool', kernel: 3, stride: 1, padding: 0 }, 'input')),
      'node p: its 3×3 window',
    ],
    [
      'a linear layer on a map',
      graph(2, 2, node('fc', { kind: 'linear', weight: 'w', bias: null, out: 2 }, 'input')),
      'node fc: is linear but reads [3, 2, 2]',
    ],
    [
      'a mean over no position',
      graph(2, 2, node('m', { kind: 'global-avgpool', from: 4 }, 'input')),
      'node m: takes the mean from position 4 of 4 on',
    ],
    ['an input that comes later', graph(2, 2, relu('a', 'b'), relu('b', 'input')), "node a: reads 'b'"],
    ['a name given twice', graph(2, 2, relu('a', 'input'), relu('a', 'input')), 'node a: two nodes'],
    [
      'an op with one input too many',
      graph(2, 2, node('r', { kind: 'relu' }, 'input', 'input')),
      'node r: relu takes 1',
    ],
  ])('for %s', (_, bad, message) => {
    expect(() => inferShapes(bad)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining(message) }),
    );
  });
});
