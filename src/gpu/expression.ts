/** Names that an expression may use. */
export type Scope = ReadonlyMap<string, number | boolean | string>;

const OPERATORS: readonly (readonly [string, (a: number, b: number) => number])[][] = [
  [['||', (a, b) => Number(a !== 0 || b !== 0)]],
  [['&&', (a, b) => Number(a !== 0 && b !== 0)]],
  [
    ['==', (a, b) => Number(a === b)],
    ['!=', (a, b) => Number(a !== b)],
    ['<=', (a, b) => Number(a <= b)],
    ['>=', (a, b) => Number(a >= b)],
    ['<', (a, b) => Number(a < b)],
    ['>', (a, b) => Number(a > b)],
  ],
  [
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
  ],
  [
    ['*', (a, b) => a * b],
    ['/', (a, b) => Math.trunc(a / divisor(b))],
    ['%', (a, b) => a % divisor(b)],
    ['^', (a, b) => a ^ b],
  ],
];

function divisor(value: number): number {
  if (value === 0) throw new Error('division by zero');
  return value;
}

/**
 * Value of an integer expression: numbers, names, + - * / % ^ (exclusive or, binding like *), comparisons, && || !,
 * parentheses. Division truncates. True is 1, false is 0.
 */
export function evaluate(expression: string, scope: Scope): number {
  const tokens = expression.match(/\d+|\w+|\|\||&&|[=!<>]=|[-+*/%^()<>!]|\S/g) ?? [];
  let at = 0;
  const level = (depth: number): number => {
    const operators = OPERATORS[depth];
    if (!operators) return unary();
    let value = level(depth + 1);
    for (;;) {
      const found = operators.find(([symbol]) => symbol === tokens[at]);
      if (!found) return value;
      at++;
      value = found[1](value, level(depth + 1));
    }
  };
  const unary = (): number => {
    const token = tokens[at++];
    if (token === undefined) throw new Error('the expression ends too early');
    if (token === '-') return -unary();
    if (token === '!') return Number(unary() === 0);
    if (token === '(') {
      const value = level(0);
      if (tokens[at++] !== ')') throw new Error('a parenthesis is not closed');
      return value;
    }
    if (/^\d+$/.test(token)) return Number(token);
    const value = scope.get(token);
    if (value === undefined || typeof value === 'string') throw new Error(`unknown name "${token}"`);
    return Number(value);
  };
  const value = level(0);
  if (at < tokens.length) throw new Error(`unexpected "${tokens[at]}"`);
  return value;
}
