import { describe, expect, test } from 'vitest';
import { csv } from '../../src/report/csv.js';
import { reportJson } from '../../src/report/json.js';
import { terminalSummary } from '../../src/report/terminal.js';
import { HOSTILE, hostileReport } from './extremes.js';
import { readCsv } from './read-csv.js';

describe("others' names", () => {
  test('reach a terminal as text that is seen, in lines of at most 100 columns', () => {
    const lines = terminalSummary(hostileReport());
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect([...line].length).toBeLessThanOrEqual(100);
    }
    // A name of 4 KB gives no wall of lines.
    expect(lines.length).toBeLessThan(150);
  });

  test('come back from report.json as they were', () => {
    const report = hostileReport();
    expect(JSON.parse(reportJson(report))).toEqual(report);
  });

  test.each(Object.entries(HOSTILE))('come back from CSV as they were, or with the mark of a text: %s', (_, name) => {
    const [, row] = readCsv(csv(['before', 'name', 'after'], [[1, name, 2]]));
    const isFormula = /^[=+\-@\t\r\n]/.test(name);
    expect(row).toEqual(['1', isFormula ? `'${name}` : name, '2']);
  });
});
