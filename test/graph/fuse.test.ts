import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.js';
import { makePlan } from '../../src/graph/plan.js';
import { add, affine, basicBlocks, conv, node, relu, stepsOf } from './small-graphs.js';

const input = { channels: 4, height: 8, width: 8 };
const steps = (graph: Graph, ...taps: string[]) => stepsOf(makePlan(graph, { taps }));

describe('a block of conv, affine, ReLU, sum, ReLU', () => {
  const graph: Graph = {
    family: 'block',
    input,
    nodes: [
      conv('conv', 4, 'input'),
      affine('batch', 'conv'),
      relu('relu', 'batch'),
      add('add', 'relu', 'input'),
      relu('last', 'add'),
    ],
  };

  test.each([
    [['last'], ['conv: conv batch relu add last']],
    [
      ['conv', 'last'],
      ['conv: conv', 'pointwise: batch relu add last'],
    ],
    [
      ['batch', 'last'],
      ['conv: conv batch', 'pointwise: relu add last'],
    ],
    [
      ['relu', 'last'],
      ['conv: conv batch relu', 'pointwise: add last'],
    ],
    [
      ['add', 'last'],
      ['conv: conv batch relu add', 'pointwise: last'],
    ],
    [['conv'], ['conv: conv']],
    [['batch'], ['conv: conv batch']],
    [
      ['conv', 'batch', 'relu', 'add', 'last'],
      ['conv: conv', 'pointwise: batch', 'pointwise: relu', 'pointwise: add', 'pointwise: last'],
    ],
  ])('tapping %j gives the steps %j', (taps, expected) => {
    expect(steps(graph, ...taps)).toEqual(expected);
  });

  test('its step carries everything that comes before the store', () => {
    expect(makePlan(graph, { taps: ['last'] }).steps).toEqual([
      {
        nodes: ['conv', 'batch', 'relu', 'add', 'last'],
        op: graph.nodes[0]!.op,
        inputs: [0],
        output: 1,
        epilogue: {
          bias: null,
          affine: { scale: 'batch.scale', shift: 'batch.shift' },
          activation: 'relu',
          residual: 0,
          reluAfterAdd: true,
        },
      },
    ]);
  });

  test('without fusion each node is a step', () => {
    const plan = makePlan(graph, { taps: ['last'], fuse: false });
    expect(plan.steps.map(({ nodes }) => nodes)).toEqual([['conv'], ['batch'], ['relu'], ['add'], ['last']]);
  });
});

describe('where fusion ends', () => {
  const following = (...nodes: Graph['nodes']): Graph => ({
    family: 'x',
    input,
    nodes: [conv('conv', 4, 'input'), ...nodes],
  });

  test('a value with two readers is stored', () => {
    const graph = following(affine('batch', 'conv'), relu('relu', 'conv'), add('add', 'batch', 'relu'));
    expect(steps(graph, 'add')).toEqual(['conv: conv', 'pointwise: relu', 'pointwise: batch add']);
  });

  test('a reader that no tap needs does not count', () => {
    const graph = following(affine('batch', 'conv'), relu('unused', 'conv'));
    expect(steps(graph, 'batch')).toEqual(['conv: conv batch']);
  });

  test('a value added to itself is stored', () => {
    const graph = following(add('double', 'conv', 'conv'));
    expect(makePlan(graph, { taps: ['double'] }).steps).toMatchObject([
      { nodes: ['conv'] },
      { nodes: ['double'], inputs: [1], epilogue: { residual: 1 } },
    ]);
  });

  test('an affine after a ReLU or a sum starts a new step', () => {
    const graph = following(relu('relu', 'conv'), affine('a', 'relu'), add('add', 'a', 'input'), affine('b', 'add'));
    expect(steps(graph, 'b')).toEqual(['conv: conv relu', 'pointwise: a add', 'pointwise: b']);
  });

  test('a second affine, and a second sum, start new steps', () => {
    const graph = following(affine('a', 'conv'), affine('b', 'a'), add('c', 'b', 'input'), add('d', 'c', 'input'));
    expect(steps(graph, 'd')).toEqual(['conv: conv a', 'pointwise: b c', 'pointwise: d']);
  });

  test('a pool takes in nothing and is taken in by nothing', () => {
    const graph = following(
      node('pool', { kind: 'maxpool', kernel: 2, stride: 2, padding: 0 }, 'conv'),
      affine('batch', 'pool'),
      node('mean', { kind: 'global-avgpool' }, 'batch'),
      node('fc', { kind: 'linear', weight: 'fc.w', bias: 'fc.b', out: 3 }, 'mean'),
      relu('relu', 'fc'),
    );
    expect(steps(graph, 'relu')).toEqual([
      'conv: conv',
      'maxpool: pool',
      'pointwise: batch',
      'global-avgpool: mean',
      'linear: fc relu',
    ]);
  });
});

describe('residual blocks', () => {
  test('the main branch takes in the sum, and runs after its shortcut', () => {
    expect(steps(basicBlocks, '0.relu', '0.relu_1', 'avgpool')).toEqual([
      'conv: 0.conv1 0.bn1 0.relu',
      'conv: 0.downsample.0 0.downsample.1',
      'conv: 0.conv2 0.bn2 0.add 0.relu_1',
      'conv: 1.conv1 1.bn1 1.relu',
      'conv: 1.conv2 1.bn2 1.add 1.relu_1',
      'global-avgpool: avgpool',
    ]);
  });

  test('where the main branch is tapped before the sum, the shortcut takes the sum in', () => {
    expect(steps(basicBlocks, '0.bn2', '0.relu_1')).toEqual([
      'conv: 0.conv1 0.bn1 0.relu',
      'conv: 0.conv2 0.bn2',
      'conv: 0.downsample.0 0.downsample.1 0.add 0.relu_1',
    ]);
  });

  test('nodes after the last tap, and branches that no tap needs, are not computed', () => {
    expect(steps(basicBlocks, '0.downsample.1')).toEqual(['conv: 0.downsample.0 0.downsample.1']);
  });
});
