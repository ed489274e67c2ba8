import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { safetensorsParts } from '../checkpoints/safetensors-writer.js';
import type { AnalysisResult } from '../library.js';
import type { FileContent } from '../platform/whole-files.js';
import { imagesCsvLines, layersCsv, unitsCsv } from '../report/csv.js';
import { reportHtml, type ViewBundle } from '../report/html.js';
import { reportJson } from '../report/json.js';
import { scoreTensors } from '../report/scores.js';

/**
 * Every output of an analysis, by file name. `report.html` is made where the view that it carries was built beside the
 * running bundle.
 */
export async function outputsOf({ report, scores }: AnalysisResult, home: URL): Promise<Record<string, FileContent>> {
  const view = await viewBundle(home);
  return {
    'report.json': reportJson(report),
    ...(view && { 'report.html': reportHtml(report, view, base64Digest) }),
    'scores.safetensors': safetensorsParts(scoreTensors(scores)),
    'layers.csv': layersCsv(report),
    'units.csv': unitsCsv(scores),
    'images.csv': encoded(imagesCsvLines(scores)),
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

async function viewBundle(home: URL): Promise<ViewBundle | null> {
  const read = (file: string) => readFile(new URL(file, home), 'utf8');
  try {
    const [script, style] = await Promise.all([read('report-view.js'), read('report-view.css')]);
    return { script, style };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function base64Digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64');
}
