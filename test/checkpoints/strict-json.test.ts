import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonFault, StrictJson } from '../../src/checkpoints/strict-json.js';

function accepts(text: string): boolean {
  const json = new StrictJson(text);
  try {
    json.skip();
    json.end();
    return true;
  } catch (error) {
    if (error instanceof JsonFault) return false;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the JSON scanner', () => {
  it('accepts exactly what JSON.parse does, up to 64 levels', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"\\u00e9"',
      '\\',
      '0',
      '01',
      '-',
      '-1',
      '1.5',
      '.',
      'e',
      '+',
    ].concat([
      '1e9',
      '1E-2',
      'true',
      'false',
      'null',
      'nul',
      ' ',
      '\n',
      '\t',
      '\u00a0',
      '\u0001',
      '[]',
      '{}',
      '{"a":1}',
    ]);
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (candidate) => accepts(candidate) === parses(candidate)),
      { numRuns: 20_000, seed: 1 },
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (candidate) => accepts(candidate)),
      { numRuns: 500, seed: 2 },
    );
  });

  it('accepts exactly what JSON.parse does after one change to a good text', () => {
    const edit = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', '{', ']', ',', '0', '-', '.', 'e', ' ', '\u0000'),
    );
    fc.assert(
      fc.property(edit, ([good, where, character]) => {
        const at = where % (good.length + 1);
        const text = good.slice(0, at) + character + good.slice(at + 1);
        return accepts(text) === parses(text);
      }),
      { numRuns: 5_000, seed: 3 },
    );
  });

  it('refuses more than 64 levels, however many there are', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(accepts(nested(64))).toBe(true);
    expect(accepts(nested(65))).toBe(false);
    expect(accepts('{"a":'.repeat(1_000_000))).toBe(false);
  });

  it('reads strings as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => new StrictJson(JSON.stringify(value)).string() === value),
      { numRuns: 1_000, seed: 4 },
    );
    expect(new StrictJson('"\\ud83d\\ude00\\/"').string()).toBe('😀/');
  });

  it('says where a text breaks', () => {
    const json = new StrictJson('{"a": nope}');
    let fault: unknown;
    try {
      json.skip();
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(JsonFault);
    expect((fault as JsonFault).position).toBe(6);
  });
});
