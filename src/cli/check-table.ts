import { textTable } from '../report/table.js';
import type { Outcome } from '../self-check/run-cases.js';
import { isRight } from '../self-check/self-check.js';

/**
 * The outcomes of a self-check as lines: one for each operation with the variant that comes nearest to its bound, and one
 * for every variant that is wrong.
 */
export function checkTable(outcomes: readonly Outcome[], width: number): string[] {
  const operations = [...new Set(outcomes.map(operationOf))];
  return textTable(
    [
      { title: 'kernel', align: 'left' },
      { title: 'variants', align: 'right' },
      { title: 'largest error', align: 'right' },
      { title: 'allowed', align: 'right' },
      { title: '', align: 'left' },
    ],
    operations.flatMap((operation) => {
      const of = outcomes.filter((outcome) => operationOf(outcome) === operation);
      const right = of.filter(isRight);
      const wrong = of.filter((outcome) => !isRight(outcome));
      return [
        ...(right.length > 0 ? [row(operation, right.length, right.reduce(larger), 'right')] : []),
        ...wrong.map((outcome) => row(outcome.name, 1, outcome, 'WRONG')),
      ];
    }),
    width,
  );
}

/** What a label begins with, and how it stores numbers; of a network also its precision. */
function operationOf({ of, name }: Outcome): string {
  if (of === 'network') return `network ${name.split(',')[0]}`;
  const [operation] = name.split(' ');
  return name.endsWith(' f16') ? `${operation} f16` : operation!;
}

function larger(a: Outcome, b: Outcome): Outcome {
  return b.share > a.share ? b : a;
}

function row(name: string, variants: number, { error, allowed }: Outcome, verdict: string): string[] {
  return [name, String(variants), shown(error), error === 0 ? '' : shown(allowed), verdict];
}

function shown(value: number): string {
  if (value === 0) return '0';
  return Number.isFinite(value) ? value.toExponential(1) : 'not finite';
}
