import { describe, expect, test } from 'vitest';
import { foldNodes } from '../../src/analysis/fold-nodes.js';
import { checkTokens, readPositions, wholeNodes } from '../../src/analysis/token-range.js';
import type { NodeShape } from '../../src/graph/graph.js';

const map: NodeShape = { height: 7, width: 7, channels: 5 };
const flat: NodeShape = { height: 1, width: 1, channels: 5 };
const attention: NodeShape = { height: 3, width: 21, channels: 21, attention: true };
const tokens = (prefix: number): NodeShape => ({ height: 16 + prefix, width: 1, channels: 5, tokens: { prefix } });

describe('of tokens', () => {
  test('all are read, or the first one, or those behind class token and registers', () => {
    expect(readPositions(tokens(5), 'all')).toEqual({ positions: 21 });
    expect(readPositions(tokens(5), 'class')).toEqual({ positions: 1, range: { stored: 21, offset: 0 } });
    expect(readPositions(tokens(5), 'patches')).toEqual({ positions: 16, range: { stored: 21, offset: 5 } });
    expect(readPositions(tokens(0), 'patches')).toEqual({ positions: 16, range: { stored: 16, offset: 0 } });
  });
});

test.each(['all', 'class', 'patches'] as const)('maps, flat values and attention maps keep theirs, %s', (option) => {
  expect(readPositions(map, option)).toEqual({ positions: 49 });
  expect(readPositions(flat, option)).toEqual({ positions: 1 });
  expect(readPositions(attention, option)).toEqual({ positions: 63 });
});

const check = (option: 'class' | 'patches', ...shapes: [string, NodeShape][]) => checkOf(option, shapes, shapes);

/** Of a graph of `nodes`, with the taps. */
function checkOf(option: 'class' | 'patches', nodes: [string, NodeShape][], taps: [string, NodeShape][]): unknown {
  try {
    checkTokens(
      { family: 'ViT' },
      new Map(nodes),
      taps.map(([name]) => name),
      option,
    );
    return null;
  } catch (error) {
    return error;
  }
}

describe('a class token that is asked for', () => {
  test('must be there: the node that has none is named, and what to do', () => {
    expect(check('class', ['tokens', tokens(1)], ['patch_embed', tokens(0)])).toMatchObject({
      code: 'BAD_OPTION',
      message: 'tokens "class": node patch_embed has no class token',
      hint: 'Leave it out of the layers, or use tokens "all" or "patches".',
    });
    expect(check('class', ['norm', { ...tokens(4), tokens: { prefix: 4, registersOnly: true } }])).not.toBeNull();
    expect(check('class', ['norm', tokens(0)], ['pool', flat])).toMatchObject({
      hint: 'Use tokens "all" or "patches".',
    });
  });

  test('is no matter of nodes without tokens', () => {
    expect(check('class', ['layer1', map], ['pool', flat], ['probs', attention], ['out', tokens(1)])).toBeNull();
  });

  test('nothing else asks for one', () => {
    expect(check('patches', ['patch_embed', tokens(0)])).toBeNull();
    expect(() => checkTokens({ family: 'ViT' }, new Map([['pool', flat]]), ['pool'], 'all')).not.toThrow();
  });
});

describe('where there are no tokens to choose from', () => {
  const nodes: [string, NodeShape][] = [
    ['patch_embed', tokens(0)],
    ['blocks.0.attn.scores', attention],
    ['blocks.1.attn.scores', attention],
    ['norm', tokens(1)],
    ['cls', flat],
  ];

  test.each(['class', 'patches'] as const)('%s is refused, of a family that has none', (option) => {
    expect(check(option, ['layer1', map], ['avgpool', flat])).toMatchObject({
      code: 'BAD_OPTION',
      message: `tokens "${option}" says nothing about a ViT: it has no such tokens`,
      hint: 'Leave it out.',
    });
  });

  test.each(['class', 'patches'] as const)('%s is refused, where the taps are others, which are named', (option) => {
    expect(checkOf(option, nodes, [nodes[1]!, nodes[2]!, nodes[4]!])).toMatchObject({
      code: 'BAD_OPTION',
      message: `tokens "${option}": of the layers none has tokens to choose from: attn.scores: all tokens; cls: all there is`,
      hint: 'Leave the option out, or add a layer of tokens, such as norm.',
    });
  });

  test('beside layers of tokens they are named, each once over the blocks', () => {
    const whole = (...taps: string[]) => wholeNodes(new Map(nodes), taps);
    expect(whole('blocks.0.attn.scores', 'blocks.1.attn.scores', 'norm', 'cls')).toBe(
      'attn.scores: all tokens; cls: all there is',
    );
    expect(whole('norm')).toBe('');
  });
});

test('many names are counted', () => {
  const names = Array.from({ length: 11 }, (_, i) => `node${i}`);
  expect(foldNodes(names)).toBe('node0, node1, node2, node3, node4, node5, node6, node7 and 3 more');
  expect(foldNodes(['blocks.0.attn.probs', 'blocks.1.attn.probs', 'layer1.0.relu'])).toBe('attn.probs, relu');
});
