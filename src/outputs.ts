import { safetensorsParts } from './checkpoints/safetensors-writer.js';
import type { AnalysisResult } from './library.js';
import type { FileContent } from './platform/whole-files.js';
import { imagesCsvLines, layersCsv, unitsCsv } from './report/csv.js';
import { reportHtml, type ViewBundle } from './report/html.js';
import { reportJson } from './report/json.js';
import { scoreTensors } from './report/scores.js';
import { sha256 } from './sha256.js';

/** The files of an analysis, in the order in which they are written. */
export type OutputName =
  | 'report.json'
  | 'report.html'
  | 'scores.safetensors'
  | 'layers.csv'
  | 'units.csv'
  | 'images.csv';

/**
 * The outputs of an analysis by file name, each made when it is asked for; `report.html` where there is a view for it
 * to carry.
 */
export function outputsOf(
  { report, scores }: Pick<AnalysisResult, 'report' | 'scores'>,
  view: ViewBundle | null,
): Partial<Record<OutputName, () => FileContent>> {
  return {
    'report.json': () => reportJson(report),
    ...(view && { 'report.html': () => reportHtml(report, view, base64Digest) }),
    'scores.safetensors': () => safetensorsParts(scoreTensors(scores)),
    'layers.csv': () => layersCsv(report),
    'units.csv': () => unitsCsv(scores),
    'images.csv': () => encoded(imagesCsvLines(scores)),
  };
}

/** Text as bytes, many lines at a time. */
function* encoded(lines: Iterable<string>): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let block = '';
  for (const line of lines) {
    block += line;
    if (block.length < BLOCK) continue;
    yield encoder.encode(block);
    block = '';
  }
  yield encoder.encode(block);
}

const BLOCK = 1 << 16;

/** As a Content-Security-Policy names a script. */
function base64Digest(text: string): string {
  const bytes = sha256(new TextEncoder().encode(text))
    .match(/../g)!
    .map((byte) => Number.parseInt(byte, 16));
  return btoa(String.fromCharCode(...bytes));
}
