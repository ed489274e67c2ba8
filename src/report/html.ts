import { leadingContrast, presentSets, viewsNeverDiffer } from '../analysis/headline.js';
import type { LayerResult, Report, SetName } from '../analysis/result.js';
import { findingOf, NOTHING_TO_MEASURE } from './finding.js';
import { confidence, number, range, signed, unsignedRange } from './format.js';
import { reportJson } from './json.js';
import { noticesOf } from './notices.js';
import { precisionLine } from './precision.js';
import { escapeHtml, lastComponent, shorten, visible } from './text.js';

/** The view as it is built from view/main.tsx and view/report.css; neither may hold its own end tag. */
export interface ViewBundle {
  readonly script: string;
  readonly style: string;
}

/**
 * report.html: one file that needs nothing else. A shell, the bytes of report.json (`<` written as `\u003c`) and the
 * view that renders them; without scripts a table of the layers. The page may load and send nothing: its policy allows
 * the one script by its digest, styles of its own, and pictures within it.
 *
 * @param digest SHA-256 of a text's UTF-8 bytes, in base64
 * @throws NON_FINITE naming the field, as `reportJson`
 */
export function reportHtml(report: Report, bundle: ViewBundle, digest: (text: string) => string): string {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${digest(bundle.script)}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const { f, g } = report.encoders;
  const files = [f, ...(g === undefined ? [] : [g])].map(({ file }) => lastComponent(file)).join(' against ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${text(`memgpu ${report.memgpu}`)}">
<link rel="icon" href="data:,">
<title>${text(shorten(visible(`memgpu: ${files}`), 120))}</title>
<style>${bundle.style}</style>
</head>
<body>
<div id="report"></div>
<noscript>${withoutScript(report)}</noscript>
<script type="application/json" id="memgpu-report">${reportJson(report).replaceAll('<', '\\u003c')}</script>
<script>${bundle.script}</script>
</body>
</html>
`;
}

function text(others: string): string {
  return escapeHtml(visible(others));
}

/** The finding, the warnings and the numbers of every layer as plain HTML. */
function withoutScript(report: Report): string {
  const found = findingOf(report);
  const reading = found.reading.length === 0 ? '' : `<p>${text(found.reading.join(' '))}</p>\n`;
  const { warnings, notes } = noticesOf(report);
  return `<main class="memgpu-report">
<h1>${text(found.headline)}</h1>
${reading}<ul>${[...warnings, ...notes].map(({ code, message }) => `<li>${text(`${message} (${code})`)}</li>`).join('')}</ul>
${layerTable(report)}
${report.precision === undefined ? '' : `<p>${text(precisionLine(report.precision))}</p>\n`}<p>Charts and pictures need scripts, which this page carries and your browser did not run.</p>
</main>`;
}

function layerTable(report: Report): string {
  const sets = presentSets(report.sets);
  const measure = report.encoders.g === undefined ? 'alignment' : 'LayerMem';
  const contrast = report.layers[0] === undefined ? null : leadingContrast(report.layers[0]);
  const columns = [
    'Layer',
    ...(contrast === null ? [] : [`${contrast.a} − ${contrast.b}`, 'AUC']),
    ...sets.map((set) => `${measure}, ${set}`),
  ];
  const cells = (layer: LayerResult) => [...contrastCells(layer), ...sets.map((set) => setCell(layer, set))];
  const caption = `${measure} by layer in order of execution, with ${confidence(report)} intervals`;
  return `<section class="scroll" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((title) => `<th scope="col">${text(title)}</th>`).join('')}</tr></thead>
<tbody>
${report.layers
  .map(
    (layer) =>
      `<tr><th scope="row">${text(shorten(layer.node))}</th>${cells(layer)
        .map((cell) => `<td>${text(cell)}</td>`)
        .join('')}</tr>`,
  )
  .join('\n')}
</tbody>
</table></section>`;
}

function contrastCells(layer: LayerResult): string[] {
  const contrast = leadingContrast(layer);
  if (contrast === null) return [];
  if (viewsNeverDiffer(layer)) return [NOTHING_TO_MEASURE, '–'];
  return [`${signed(contrast.difference)} ${range(contrast.interval)}`, contrast.auc.toFixed(3)];
}

function setCell(layer: LayerResult, set: SetName): string {
  const found = layer.sets[set];
  if (found === undefined) return '–';
  return found.layermem === null || found.interval === null
    ? `${number(found.alignment)} ${unsignedRange(found.alignmentInterval)}`
    : `${signed(found.layermem)} ${range(found.interval)}`;
}
