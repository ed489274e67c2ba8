import { expect, test } from 'vitest';
import type { Graph, GraphNode, Op } from '../../src/graph/graph.js';
import { makePlan } from '../../src/graph/plan.js';
import { withWinograd } from '../../src/graph/winograd.js';
import { add, affine, conv, node, relu, stepsOf } from './small-graphs.js';

const graphOf = (nodes: readonly GraphNode[], side = 8, channels = 64): Graph => ({
  family: 'test',
  input: { channels, height: side, width: side },
  nodes,
});

const block = graphOf([
  conv('conv1', 64, 'input'),
  affine('bn1', 'conv1'),
  relu('relu1', 'bn1'),
  conv('conv2', 64, 'relu1'),
  affine('bn2', 'conv2'),
  add('add', 'bn2', 'input'),
  relu('relu2', 'add'),
]);

test('a convolution becomes two steps; what is fused with it stays with it', () => {
  expect(stepsOf(makePlan(withWinograd(block), { taps: ['relu2'] }))).toEqual([
    'winograd-input: conv1.winograd',
    'winograd: conv1 bn1 relu1',
    'winograd-input: conv2.winograd',
    'winograd: conv2 bn2 add relu2',
  ]);
});

test('a tapped node is the one that was tapped, and what Winograd stores in between is not', () => {
  const { tensors, slots } = makePlan(withWinograd(block), { taps: ['conv1', 'relu2'] });
  expect(tensors.filter(({ tapped }) => tapped).map(({ node }) => node)).toEqual(['conv1', 'relu2']);
  // 16 tiles of 16 values for 64 positions: four times the map. The second has the first one's place.
  const map = 64 * 64 * 4;
  expect([...slots].sort((a, b) => a - b)).toEqual([map, map, map, 4 * map]);
});

const taken = (op: Partial<Extract<Op, { kind: 'conv' }>>, side: number, channels: number) => {
  const whole = { kind: 'conv', weight: 'w', bias: null, out: 64, kernel: 3, stride: 1, padding: 1, ...op } as const;
  return withWinograd(graphOf([node('conv', whole, 'input')], side, channels)).nodes.length === 2;
};

test('taken are 3×3 convolutions with stride 1, padding 1 and one group', () => {
  expect(taken({}, 8, 64)).toBe(true);
  expect(taken({ out: 250 }, 7, 501)).toBe(true);
  for (const op of [{ stride: 2 }, { padding: 0 }, { kernel: 1, padding: 0 }, { kernel: 5, padding: 2 }, { groups: 2 }])
    expect(taken(op, 8, 64), JSON.stringify(op)).toBe(false);
});

test('taken are those alone whose fewer products pay for the transforms', () => {
  for (const channels of [1, 3, 16]) expect(taken({}, 32, channels), `${channels} channels`).toBe(false);
  for (const out of [1, 4, 16]) expect(taken({ out }, 32, 64), `to ${out} channels`).toBe(false);
  // At 3×3 and below the tiles have more products than the direct sum has inside the picture.
  for (const side of [1, 2, 3]) expect(taken({ out: 4096 }, side, 4096), `${side}×${side}`).toBe(false);
  expect(taken({ out: 256 }, 4, 256)).toBe(true);
});

test('all else of the graph stays as it is', () => {
  const graph = graphOf([conv('stem', 32, 'input', 7, 2), relu('relu', 'stem'), conv('down', 64, 'relu', 1, 2)]);
  expect(withWinograd(graph)).toEqual(graph);
});
