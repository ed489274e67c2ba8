import { readFile } from 'node:fs/promises';
import type { AnalysisResult } from '../library.js';
import { outputsOf } from '../outputs.js';
import type { FileContent } from '../platform/whole-files.js';
import type { ViewBundle } from '../report/html.js';

/**
 * Every output of an analysis, by file name. `report.html` is made where the view that it carries was built beside the
 * running bundle.
 */
export async function outputFiles(
  result: Pick<AnalysisResult, 'report' | 'scores'>,
  home: URL,
): Promise<Record<string, FileContent>> {
  const outputs = outputsOf(result, await viewBundle(home));
  return Object.fromEntries(Object.entries(outputs).map(([name, content]) => [name, content()]));
}

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
