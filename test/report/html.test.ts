import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
// biome-ignore lint/correctness/useImportExtensions: a script beside its declaration
import { buildView } from '../../scripts/build-view.mjs';
import type { Report } from '../../src/analysis/result.js';
import { reportHtml } from '../../src/report/html.js';
import { reportJson } from '../../src/report/json.js';
import { draftOf, exampleReport } from './example.js';
import { extremeReports, hostileReport } from './extremes.js';

const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest('base64');
const bundle = { script: 'let a = "ü$&" < 1', style: '.memgpu-report { color: red }' };
const page = (report: Report) => reportHtml(report, bundle, digest);

/** The text between the first `open` and the next `close`. */
function between(html: string, open: string, close: string): string {
  const start = html.indexOf(open) + open.length;
  expect(start).toBeGreaterThan(open.length - 1);
  return html.slice(start, html.indexOf(close, start));
}

const carried = (html: string) => between(html, '<script type="application/json" id="memgpu-report">', '</script>');

test('the page carries report.json, byte for byte once \\u003c is read as <', () => {
  for (const report of Object.values(extremeReports())) {
    const data = carried(page(report));
    expect(data).not.toContain('<');
    expect(data.replaceAll('\\u003c', '<')).toBe(reportJson(report));
    expect(JSON.parse(data)).toEqual(JSON.parse(reportJson(report)));
  }
});

test('the policy allows no source but the one script, by its digest, own styles and data: pictures', () => {
  const html = page(exampleReport());
  const policy = between(html, 'Content-Security-Policy" content="', '"');
  const script = html.slice(html.lastIndexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'));
  expect(script).toBe(bundle.script);
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    `script-src 'sha256-${digest(script)}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(html.match(/<script/g)).toHaveLength(2);
});

test("others' text never becomes markup", () => {
  const shell = page(hostileReport()).replace(/<script type="application\/json"[\s\S]*?<\/script>/, '');
  expect(shell.match(/<\/?(?!\/)[a-z]+/gi)?.filter((tag) => /img|<b$|<\/b$/i.test(tag))).toEqual([]);
  expect(shell.match(/<script/g)).toHaveLength(1);
  expect(shell).toContain('&lt;/script&gt;&lt;script&gt;window.broken = 1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(shell).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2028]/);
});

test('no element names an address beyond the page, with the real view in it', async () => {
  const built = await buildView();
  const html = reportHtml(exampleReport(), built, digest);
  const shell = html.replace(carried(html), '').replace(built.script, '');
  expect(shell.match(/\b(src|href|action|poster|srcset)=|url\(|@import/g)).toEqual(['href=']);
  expect(shell).toContain('<link rel="icon" href="data:,">');
  expect(built.script).not.toMatch(/<\/script|<!--/i);
  expect(built.style).not.toMatch(/<\/style|url\(|@import/i);
  expect(built.script).not.toMatch(/\b(eval|Function)\(|import\(|fetch\(|XMLHttpRequest|sourceMappingURL/);
});

test('without scripts the page holds a table of every layer with captions and scopes', () => {
  const report = exampleReport();
  const table = between(page(report), '<noscript>', '</noscript>');
  expect(table.match(/<tr><th scope="row">/g)).toHaveLength(report.layers.length);
  expect(table).toContain('<caption>LayerMem by layer in order of execution, with 95\u00a0% intervals</caption>');
  expect(between(table, '<thead><tr>', '</tr>').match(/(?<=scope="col">)[^<]*/g)).toEqual([
    ...['Layer', 'candidates − external', 'AUC', 'LayerMem, candidates', 'LayerMem, external'],
  ]);
  const last = report.layers.at(-1)!;
  expect(table).toContain(`<th scope="row">pooled</th><td>+${last.contrasts[0]!.difference.toFixed(4)} [`);
});

test('one encoder without external images has a table of alignments alone', () => {
  const report = exampleReport({ reference: false, sizes: { candidates: 5 } });
  const table = between(page(report), '<noscript>', '</noscript>');
  expect(table).toContain('<th scope="col">Layer</th><th scope="col">alignment, candidates</th></tr>');
  expect(table).toContain(`<td>${report.layers[0]!.sets.candidates!.alignment.toFixed(4)} [`);
  expect(table).toContain('No verdict on memorization');
});

test('a report with a number that JSON cannot hold makes no page', () => {
  const report = draftOf(exampleReport());
  report.layers[0]!.contrasts[0]!.difference = Number.NaN;
  expect(() => page(report)).toThrow(/layers\[0\]\.contrasts\[0\]\.difference is NaN/);
});
