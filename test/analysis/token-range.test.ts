import { describe, expect, test } from 'vitest';
import { checkTokens, readPositions } from '../../src/analysis/token-range.js';
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

describe('a class token that is asked for', () => {
  const refused = (...shapes: [string, NodeShape][]) => {
    try {
      checkTokens(new Map(shapes), 'class');
      return null;
    } catch (error) {
      return error;
    }
  };

  test('must be there: the node that has none is named, and what to do', () => {
    expect(refused(['tokens', tokens(1)], ['patch_embed', tokens(0)])).toMatchObject({
      code: 'BAD_OPTION',
      message: 'tokens "class": node patch_embed has no class token',
      hint: 'Leave it out of the layers, or use tokens "all" or "patches".',
    });
    expect(refused(['norm', { ...tokens(4), tokens: { prefix: 4, registersOnly: true } }])).not.toBeNull();
    expect(refused(['norm', tokens(0)], ['pool', flat])).toMatchObject({ hint: 'Use tokens "all" or "patches".' });
  });

  test('is no matter of nodes without tokens', () => {
    expect(refused(['layer1', map], ['pool', flat], ['probs', attention], ['out', tokens(1)])).toBeNull();
  });

  test('nothing else asks for one', () => {
    for (const option of ['all', 'patches'] as const)
      expect(() => checkTokens(new Map([['patch_embed', tokens(0)]]), option)).not.toThrow();
  });
});
