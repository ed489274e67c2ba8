import { describe, expect, test } from 'vitest';
import { isPlain, resolveOptions } from '../../src/analysis/options.js';

describe('the options of an analysis', () => {
  test('no operation is as good as the preset none: one view, no pair asked for', () => {
    for (const augment of ['none', []]) {
      const options = resolveOptions({ augment, views: 1 });
      expect(options.views).toBe(1);
      expect(isPlain(options)).toBe(true);
    }
    expect(isPlain(resolveOptions({}))).toBe(false);
    expect(isPlain(resolveOptions({ augment: [{ op: 'invert', p: 1 }] }))).toBe(false);
  });

  test('a near name is guessed, for a far one all are listed', () => {
    const hint = (input: Record<string, unknown>) => {
      try {
        resolveOptions(input);
      } catch (error) {
        return (error as { hint?: string }).hint;
      }
      return 'accepted';
    };
    expect(hint({ vievs: 2 })).toBe('Did you mean views?');
    expect(hint({ temperature: 2 })).toMatch(/^Options: mode, views, /);
    expect(hint({ distance: 'euclidean' })).toBe('Possible: l2, l1, cosine, angular.');
  });
});
