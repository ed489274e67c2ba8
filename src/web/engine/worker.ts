/** Entry of the page's worker. */
import { expose } from 'comlink';
import { openBrowserGpu } from '../../platform/browser-gpu.js';
import { browserDecoder } from '../../platform/browser-images.js';
import { openKeptRuns } from '../../platform/opfs-runs.js';
import type { ViewBundle } from '../../report/html.js';
import { carryErrorFacts } from './errors.js';
import { Session } from './session.js';

let runs: ReturnType<typeof openKeptRuns> | undefined;

carryErrorFacts();
expose(
  new Session({
    openGpu: () => openBrowserGpu(),
    decode: browserDecoder(),
    keptRuns() {
      runs ??= openKeptRuns();
      return runs;
    },
    view,
  }),
);

async function view(): Promise<ViewBundle | null> {
  const text = async (file: string) => {
    const response = await fetch(new URL(file, import.meta.url));
    return response.ok ? response.text() : Promise.reject(new Error(`${file}: ${response.status}`));
  };
  try {
    const [script, style] = await Promise.all([text('report-view.js'), text('report-view.css')]);
    return { script, style };
  } catch {
    return null;
  }
}
