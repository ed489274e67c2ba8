// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax under test
import { describe, expect, test } from 'vitest';
import { resolveShader } from '../../src/gpu/resolve.js';

const lines = (...text: string[]) => text.join('\n');
/** The result without its last newline. */
const resolve = (source: string, constants = {}, library = {}) =>
  resolveShader(source, constants, library).replace(/\n$/, '');

describe('constants', () => {
  test('come first, typed by their values', () => {
    const constants = { COUNT: 12, LARGE: 4294967295, SCALE: 0.5, SMALL: 1e-7, BELOW: -3, HUGE: 2 ** 32, ON: true };
    expect(resolve('fn main() {}', constants)).toBe(
      lines(
        'const COUNT = 12u;',
        'const LARGE = 4294967295u;',
        'const SCALE = 0.5f;',
        'const SMALL = 1e-7f;',
        'const BELOW = -3.0f;',
        'const HUGE = 4294967296.0f;',
        'const ON = true;',
        'fn main() {}',
      ),
    );
  });

  test('in lower case, and texts, are for directives alone', () => {
    expect(resolve('${rows + 1}', { rows: 2, TYPE: 'f32' })).toBe('3');
  });
});

describe('${}', () => {
  test('is replaced by its value, several in a line, names joined to it', () => {
    expect(resolve('sum${m}_${4 * m + R} = ${ON};', { m: 3, R: 1, ON: true })).toBe(
      lines('const R = 1u;', 'const ON = true;', 'sum3_13 = 1;'),
    );
  });
});

describe('#if', () => {
  const source = lines('#if TAPS > 1', 'many', '#elif TAPS == 1', 'one', '#else', 'none', '#endif', 'end');
  test.each([
    [3, 'many'],
    [1, 'one'],
    [0, 'none'],
  ])('with %d takes the first arm that holds', (taps, arm) => {
    expect(resolve(source, { TAPS: taps })).toBe(lines(`const TAPS = ${taps}u;`, arm, 'end'));
  });

  test('without #else may leave nothing', () => {
    expect(resolve(lines('a', '#if no', 'b', '#endif', 'c'), { no: false })).toBe(lines('a', 'c'));
  });

  test('nests, indented or not', () => {
    const nested = lines('  #if a', '#if b', 'both', '#else', 'a alone', '#endif', '  #endif');
    expect(resolve(nested, { a: true, b: true })).toBe('both');
    expect(resolve(nested, { a: true, b: false })).toBe('a alone');
    expect(resolve(nested, { a: false, b: true })).toBe('');
  });

  test('does not look into arms that it leaves out', () => {
    expect(resolve(lines('#if no', '${MISSING}', '#if MISSING', '#endif', '#else', 'x', '#endif'), { no: 0 })).toBe(
      'x',
    );
  });
});

describe('#for', () => {
  test('repeats its lines, the end excluded', () => {
    expect(resolve(lines('#for m in 0..rows', 'a${m}', '#endfor'), { rows: 3 })).toBe(lines('a0', 'a1', 'a2'));
  });

  test('takes expressions, of outer loops too', () => {
    const source = lines('#for j in 0..n', '#for k in j+1..n', '${j}${k}', '#endfor', '#endfor');
    expect(resolve(source, { n: 3 })).toBe(lines('01', '02', '12'));
  });

  test('may be empty', () => {
    expect(resolve(lines('a', '#for m in 2..2', 'b', '#endfor', '#for m in 3..1', 'c', '#endfor'))).toBe('a');
  });

  test('hides a constant of its name within', () => {
    expect(resolve(lines('#for m in 0..1', '${m}', '#endfor', '${m}'), { m: 9 })).toBe(lines('0', '9'));
  });

  test('holds #if over its variable', () => {
    const source = lines('#for m in 0..3', '#if m % 2 == 0', 'even ${m}', '#endif', '#endfor');
    expect(resolve(source)).toBe(lines('even 0', 'even 2'));
  });
});

describe('#import', () => {
  const library = {
    'lib/a.wgsl': lines('#import "lib/b.wgsl"', 'fn a() {}'),
    'lib/b.wgsl': 'fn b() {}',
    'lib/loop.wgsl': lines('#import "lib/loop.wgsl"', 'fn once() {}'),
    'lib/rows.wgsl': lines('#for m in 0..rows', 'row ${m}', '#endfor'),
  };

  test('puts a file in its place, what it imports before it, each file once', () => {
    const source = lines('#import "lib/b.wgsl"', '#import "lib/a.wgsl"', '#import "lib/a.wgsl"', 'end');
    expect(resolve(source, {}, library)).toBe(lines('fn b() {}', 'fn a() {}', 'end'));
  });

  test('of a file that imports itself ends', () => {
    expect(resolve('#import "lib/loop.wgsl"', {}, library)).toBe('fn once() {}');
  });

  test('in an #if counts only where its arm is taken', () => {
    const source = lines('#if on', '#import "lib/b.wgsl"', '#else', 'off', '#endif', '#import "lib/b.wgsl"', 'end');
    expect(resolve(source, { on: true }, library)).toBe(lines('fn b() {}', 'end'));
    expect(resolve(source, { on: false }, library)).toBe(lines('off', 'fn b() {}', 'end'));
  });

  test('resolves the file with the constants', () => {
    expect(resolve('#import "lib/rows.wgsl"', { rows: 2 }, library)).toBe(lines('row 0', 'row 1'));
  });
});

test('enable and requires stand before everything, each once', () => {
  const library = { 'q.wgsl': lines('enable subgroups;', 'fn q() {}') };
  const source = lines('// comment', '  requires x;', '#import "q.wgsl"', 'enable subgroups;', 'fn main() {}');
  expect(resolve(source, { N: 1 }, library)).toBe(
    lines('requires x;', 'enable subgroups;', 'const N = 1u;', '// comment', 'fn q() {}', 'fn main() {}'),
  );
});

test('equal arguments give equal text', () => {
  const source = lines('#for m in 0..4', 'a${m}', '#endfor');
  expect(resolve(source, { X: 1 })).toBe(resolve(source, { X: 1 }));
});

describe('refused, naming the line', () => {
  test.each([
    [lines('a', '#include "x"'), 'line 2: unknown directive: #include "x"'],
    [lines('a', 'b', '#import "missing.wgsl"'), 'line 3: no such library file: #import "missing.wgsl"'],
    ['#import missing', 'line 1: no such library file: #import missing'],
    [
      lines('#for m in 0..2', '#import "b.wgsl"', '#endfor'),
      'line 2: an import may not stand in a #for: #import "b.wgsl"',
    ],
    [
      lines('#for m in 0..2', '#if 1', '#import "b.wgsl"'),
      'line 3: an import may not stand in a #for: #import "b.wgsl"',
    ],
    [lines('#if 0', '#import "missing.wgsl"', '#endif'), 'line 2: no such library file: #import "missing.wgsl"'],
    ['#endif', 'line 1: nothing to close here: #endif'],
    ['#endfor', 'line 1: nothing to close here: #endfor'],
    [lines('#if 1', '#endfor'), 'line 2: nothing to close here: #endfor'],
    [lines('#for m in 0..1', '#endif'), 'line 2: nothing to close here: #endif'],
    [lines('a', '#if 1', 'b'), 'line 2: #endif is missing'],
    [lines('#if 1', '#endif', '#for m in 0..1', 'b'), 'line 3: #endfor is missing'],
    ['#else', 'line 1: no #if is open here: #else'],
    [lines('#for m in 0..1', '#elif 1', '#endfor'), 'line 2: no #if is open here: #elif 1'],
    [lines('#if 1', '#else', '#else', '#endif'), 'line 3: no #if is open here: #else'],
    [lines('#if 1', '#else', '#elif 1', '#endif'), 'line 3: no #if is open here: #elif 1'],
    [lines('#for m in 0', '#endfor'), 'line 1: expected "#for name in from..to": #for m in 0'],
    [lines('#for 0..3', '#endfor'), 'line 1: expected "#for name in from..to": #for 0..3'],
    [lines('a', '${b}'), 'line 2: unknown name "b": b'],
    [lines('#if B', '#endif'), 'line 1: unknown name "B": B'],
    [lines('#if 0', '#elif B', '#endif'), 'line 2: unknown name "B": B'],
    [lines('#if', '#endif'), 'line 1: the expression ends too early'],
    [lines('a', '#for m in 0..N', '#endfor'), 'line 2: unknown name "N": N'],
    [lines('#for m in 0..1', '#endfor', '${m}'), 'line 3: unknown name "m": m'],
    ['${}', 'line 1: the expression ends too early'],
    ['${TEXT}', 'line 1: unknown name "TEXT": TEXT'],
  ])('%s', (source, message) => {
    expect(() => resolve(source, { TEXT: 'f32' }, { 'b.wgsl': '' })).toThrow(
      expect.objectContaining({ code: 'SHADER_COMPILE', message: expect.stringContaining(message) }),
    );
  });
});
