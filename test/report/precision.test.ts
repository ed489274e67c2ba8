import { expect, test } from 'vitest';
import { bound, precisionLine } from '../../src/report/precision.js';
import { terminalSummary } from '../../src/report/terminal.js';
import { exampleReport } from './example.js';

test('a bound has two digits and is never below its number', () => {
  expect([0, 4e-4, 4.21e-4, 9.97e-6, 1, 123].map(bound)).toEqual([
    '0',
    '4.0e-4',
    '4.3e-4',
    '1.0e-5',
    '1.0e+0',
    '1.3e+2',
  ]);
  for (let value = 1.7e-9; value < 10; value *= 1.37) {
    expect(Number(bound(value))).toBeGreaterThanOrEqual(value);
    expect(Number(bound(value))).toBeLessThan(1.11 * value);
  }
});

test('the line gives the largest of each figure, and leaves out what was not measured', () => {
  const layers = [
    { node: 'a', units: 2e-4, alignment: 1e-3, sslmem: 2e-5 },
    { node: 'b', units: null, alignment: 3e-3, sslmem: 1e-5 },
  ];
  expect(precisionLine({ name: 'f16', images: 2, layers })).toBe(
    'f16: unit means within 2.0e-4, alignment within 3.0e-3, SSLMem within 2.0e-5 of f32, measured on 2 images',
  );
  const alone = layers.map((layer) => ({ ...layer, alignment: null, sslmem: null }));
  expect(precisionLine({ name: 'f16', images: 1, layers: alone })).toBe(
    'f16: unit means within 2.0e-4 of f32, measured on 1 image',
  );
});

test('the terminal has the line where the precision is not f32, within its width', () => {
  const lines = terminalSummary(exampleReport({ precision: 'f32-winograd' }));
  expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(
    'f32-winograd: unit means within 4.1e-4, alignment within 1.1e-3, SSLMem within 2.2e-5 of f32, measured on 2 images',
  );
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(terminalSummary(exampleReport()).join(' ')).not.toContain('f32');
});
