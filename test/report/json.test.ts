import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/analysis/result.js';
import { KEY_ORDER, reportJson } from '../../src/report/json.js';
import schema from '../../src/report/report.schema.json' with { type: 'json' };
import { draftOf, exampleReport } from './example.js';
import { withAttentionMaps } from './extremes.js';

type DraftReport = ReturnType<typeof draftOf>;

const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema);
const full = exampleReport({
  sizes: { candidates: 40, shared: 20, independent: 20, external: 30 },
  precision: 'f16',
});

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Every property that the schema names, as PATH.KEY with the definitions' names as paths. */
function schemaObjects(node: unknown, found: ObjectSchema[] = []): ObjectSchema[] {
  if (Array.isArray(node)) for (const entry of node) schemaObjects(entry, found);
  else if (typeof node === 'object' && node !== null) {
    if ('properties' in node) found.push(node as ObjectSchema);
    for (const value of Object.values(node)) schemaObjects(value, found);
  }
  return found;
}

/** The key sets of all objects in a value, each once. */
function keySets(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const entry of value) keySets(entry, found);
  else if (typeof value === 'object' && value !== null) {
    found.add(Object.keys(value).sort().join());
    for (const entry of Object.values(value)) keySets(entry, found);
  }
  return found;
}

describe('the schema', () => {
  test.each<[string, Report]>([
    ['with every field', full],
    ['of one encoder and one set', exampleReport({ reference: false, sizes: { candidates: 12 } })],
    ['of one image', exampleReport({ sizes: { external: 1 } })],
    ['of one encoder in another precision', exampleReport({ reference: false, precision: 'f16' })],
    ['of attention maps alone', withAttentionMaps(full, () => true)],
  ])('accepts a report %s', (_, report) => {
    validate(JSON.parse(reportJson(report)));
    expect(validate.errors ?? []).toEqual([]);
  });

  test('names no property that no report has', () => {
    const inReport = keySets(JSON.parse(reportJson(full)));
    for (const { properties } of schemaObjects(schema)) {
      expect(inReport).toContain(Object.keys(properties!).sort().join());
    }
  });

  test('refuses unknown and missing keys at every level, NaN’s null, and a wrong set', () => {
    const set = (report: DraftReport) => report.layers[0]!.sets.candidates!;
    const contrast = (report: DraftReport) => report.layers[0]!.contrasts[0]!;
    const broken: ((report: DraftReport) => unknown)[] = [
      (report) => Object.assign(report, { extra: 1 }),
      (report) => Object.assign(set(report).unitmem!, { extra: 1 }),
      (report) => Object.assign(contrast(report), { extra: 1 }),
      (report) => Object.assign(report.sets, { test: report.sets.external }),
      (report) => Object.assign(report.adapters[0]!.limits, { extra: 1 }),
      (report) => Reflect.deleteProperty(set(report), 'interval'),
      (report) => Object.assign(set(report), { alignment: null }),
      (report) => Object.assign(report, { schema: 'memgpu-report/2' }),
      (report) => Object.assign(report.encoders.f, { sha256: 'x' }),
      (report) => Object.assign(contrast(report), { interval: [1, 2, 3] }),
      (report) => Object.assign(report, { sets: {} }),
      (report) => Object.assign(report.precision!.layers[0]!, { extra: 1 }),
      (report) => Reflect.deleteProperty(report.precision!.layers[0]!, 'sslmem'),
      (report) => Object.assign(report.precision!, { images: 0 }),
    ];
    for (const change of broken) {
      const report = JSON.parse(reportJson(full));
      change(report);
      expect(validate(report), String(change)).toBe(false);
    }
  });
});

describe('the text', () => {
  test('reads back as the report', () => {
    expect(JSON.parse(reportJson(full))).toEqual(JSON.parse(JSON.stringify(full)));
  });

  test('does not depend on the order in which the report was put together', () => {
    const reverse = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reverse);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, entry]) => [key, reverse(entry)]),
      );
    };
    expect(reportJson(reverse(full) as Report)).toBe(reportJson(full));
  });

  test('begins with the schema’s name; the order of keys covers the schema and nothing else', () => {
    expect(reportJson(full)).toMatch(/^{\n {2}"schema": "memgpu-report\/1",\n {2}"memgpu":/);
    const named = new Set(schemaObjects(schema).flatMap(({ properties }) => Object.keys(properties!)));
    const limits = Object.keys(schema.$defs.adapter.properties.limits.properties);
    expect(new Set(KEY_ORDER).size).toBe(KEY_ORDER.length);
    expect(new Set([...KEY_ORDER, ...limits])).toEqual(named);
  });

  test('a number that JSON cannot hold is refused, naming the field', () => {
    const bad = draftOf(full);
    bad.layers[2]!.contrasts[1]!.auc = Number.NaN;
    expect(() => reportJson(bad)).toThrow('report.layers[2].contrasts[1].auc is NaN');
  });
});
