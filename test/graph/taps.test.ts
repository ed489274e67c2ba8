import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/graph.js';
import { predecessors, resolveTaps } from '../../src/graph/taps.js';
import { didYouMean, nearest } from '../../src/nearest.js';
import { basicBlocks, relu } from './small-graphs.js';

const aliased: Graph = {
  family: 'chain',
  input: { channels: 1, height: 1, width: 1 },
  nodes: ['a.relu', 'b.relu', 'bxrelu', 'c'].map((name, i, names) => ({
    ...relu(name, names[i - 1] ?? 'input'),
    aliases: [`other.${i}`, `(${i})`],
  })),
};

describe('patterns', () => {
  test.each([
    [
      ['c', 'a.relu'],
      ['a.relu', 'c'],
    ],
    [['*.relu'], ['a.relu', 'b.relu']],
    [['b?relu'], ['b.relu', 'bxrelu']],
    [['*'], ['a.relu', 'b.relu', 'bxrelu', 'c']],
    [['**r*l*'], ['a.relu', 'b.relu', 'bxrelu']],
    [['other.1', 'b.relu'], ['b.relu']],
    [['(3)'], ['c']],
  ])('%j name the nodes %j, in order of execution, each once', (patterns, expected) => {
    expect(resolveTaps(aliased, patterns)).toEqual(expected);
  });

  test.each([['arelu'], ['relu'], ['C'], ['[ab].relu'], ['']])(
    '%j matches nothing, and the nearest name is shown',
    (pattern) => {
      expect(() => resolveTaps(aliased, ['c', pattern])).toThrow(
        expect.objectContaining({
          code: 'BAD_OPTION',
          message: expect.stringContaining(`'${pattern}'`),
          hint: expect.stringContaining('Did you mean'),
        }),
      );
    },
  );

  test('no far name is guessed', () => {
    expect(() => resolveTaps(aliased, ['transformer.blocks'])).toThrow(
      expect.objectContaining({ hint: '`memgpu inspect --verbose` lists all nodes.' }),
    );
  });

  test('an empty list is BAD_OPTION', () => {
    expect(() => resolveTaps(aliased, [])).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  test('a pattern of many stars is answered at once', () => {
    expect(() => resolveTaps(aliased, [`${'*'.repeat(5000)}!`])).toThrow('matches no node');
  });

  test('the nearest word is the one with the fewest edits', () => {
    expect(nearest('layer1_residul2.relu', ['layer1_residual1.relu', 'layer1_residual2.relu', 'add'])).toBe(
      'layer1_residual2.relu',
    );
    expect(nearest('Kitten', ['sitting', 'mitten'])).toBe('mitten');
    expect(nearest('x', [])).toBeUndefined();
  });

  test('a word is near within half of its length, and within 2 if it is short', () => {
    expect(nearest('abcdefgh', ['abcdxxxx'])).toBe('abcdxxxx');
    expect(nearest('abcdefgh', ['abcxxxxx'])).toBeUndefined();
    expect(nearest('a', ['xy'])).toBe('xy');
    expect(nearest('a', ['xyz'])).toBeUndefined();
    expect(didYouMean('poled', ['pooled'], JSON.stringify)).toBe('Did you mean "pooled"?');
    expect(didYouMean('resnet50.layer4', ['pooled'])).toBeUndefined();
  });
});

describe('the predecessor of a tap', () => {
  const of = (...taps: string[]) => Object.fromEntries(predecessors(basicBlocks, taps));

  test('is the tap before it on the main path', () => {
    expect(of('0.relu', '0.relu_1', '1.relu', '1.relu_1', 'avgpool')).toEqual({
      '0.relu': null,
      '0.relu_1': '0.relu',
      '1.relu': '0.relu_1',
      '1.relu_1': '1.relu',
      avgpool: '1.relu_1',
    });
  });

  test('is never on a shortcut; a shortcut is compared with what it is computed from', () => {
    expect(of('0.conv1', '0.downsample.0', '0.downsample.1', '0.add')).toEqual({
      '0.conv1': null,
      '0.downsample.0': null,
      '0.downsample.1': null,
      '0.add': '0.conv1',
    });
  });

  test('is the one that the node names, and none where that is not tapped', () => {
    const nodes = aliased.nodes.map((node) => (node.name === 'c' ? { ...node, predecessor: 'a.relu' } : node));
    const graph = { ...aliased, nodes };
    expect(predecessors(graph, ['a.relu', 'b.relu', 'c']).get('c')).toBe('a.relu');
    expect(predecessors(graph, ['b.relu', 'c']).get('c')).toBeNull();
  });
});
