import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/gpu/expression.js';

const scope = new Map<string, number | boolean | string>([
  ['ROWS', 4],
  ['ZERO', 0],
  ['ON', true],
  ['OFF', false],
  ['TYPE', 'f32'],
  ['x1', 7],
]);

test.each([
  ['0', 0],
  ['42', 42],
  ['ROWS', 4],
  ['x1', 7],
  ['ON', 1],
  ['OFF', 0],
  ['2 + 3 * 4', 14],
  ['(2 + 3) * 4', 20],
  ['2 * 3 + 4', 10],
  ['10 - 4 - 3', 3],
  ['7 / 2', 3],
  ['-7 / 2', -3],
  ['24 / 4 / 3', 2],
  ['7 % 4 * 2', 6],
  ['-7 % 4', -3],
  ['6 ^ 3', 5],
  ['1 + 6 ^ 3', 6],
  ['- - 3', 3],
  ['4 - -3', 7],
  ['!0', 1],
  ['!ROWS', 0],
  ['!!ROWS', 1],
  ['!ON == 0', 1],
  ['1 < 2', 1],
  ['2 <= 1', 0],
  ['2 > 1', 1],
  ['2 >= 2', 1],
  ['2 == 2', 1],
  ['2 != 2', 0],
  ['1 + 1 == 2', 1],
  ['3 > 2 == 1', 1],
  ['ROWS == 4 && !ZERO', 1],
  ['OFF && ON || ON', 1],
  ['ON || ON && OFF', 1],
  ['ROWS && 2', 1],
  ['ZERO || 3', 1],
  ['4*ROWS+1', 17],
  [' ( ( ROWS ) ) ', 4],
])('%s is %d', (expression, value) => {
  expect(evaluate(expression, scope)).toBe(value);
});

test('sums and products have the value that JavaScript gives them', () => {
  const operator = fc.constantFrom('+', '-', '*', '%');
  const tail = fc.array(fc.tuple(operator, fc.integer({ min: 1, max: 9 })), { maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), tail, (first, rest) => {
      const text = [first, ...rest.flat()].join(' ');
      expect(evaluate(text, scope) + 0).toBe(new Function(`return ${text}`)() + 0);
    }),
  );
});

describe('refused', () => {
  test.each([
    ['', 'the expression ends too early'],
    ['1 +', 'the expression ends too early'],
    ['-', 'the expression ends too early'],
    ['MISSING', 'unknown name "MISSING"'],
    ['rows', 'unknown name "rows"'],
    ['TYPE', 'unknown name "TYPE"'],
    ['+ 1', 'unknown name "+"'],
    ['(1', 'a parenthesis is not closed'],
    ['1)', 'unexpected ")"'],
    ['1 2', 'unexpected "2"'],
    ['12ab', 'unexpected "ab"'],
    ['1.5', 'unexpected "."'],
    ['ROWS = 4', 'unexpected "="'],
    ['ROWS ? 1', 'unexpected "?"'],
    ['ROWS / ZERO', 'division by zero'],
    ['ROWS % 0', 'division by zero'],
  ])("'%s': %s", (expression, message) => {
    expect(() => evaluate(expression, scope)).toThrow(message);
  });
});
