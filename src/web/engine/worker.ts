/** Entry of the page's worker. */
import { expose } from 'comlink';
import { openBrowserGpu } from '../../platform/browser-gpu.js';
import { browserDecoder } from '../../platform/browser-images.js';
import { hasPassed, keepPassed } from '../../platform/opfs-checks.js';
import { forgetReport, keepReport, keptReport } from '../../platform/opfs-report.js';
import { openKeptRuns } from '../../platform/opfs-runs.js';
import type { ViewBundle } from '../../report/html.js';
import { carryErrorFacts } from './errors.js';
import { Session } from './session.js';

let runs: ReturnType<typeof openKeptRuns> | undefined;
let bundle: ViewBundle | undefined;

carryErrorFacts();
expose(
  new Session({
    openGpu: () => openBrowserGpu(),
    decode: browserDecoder(),
    keptRuns() {
      runs ??= openKeptRuns();
      return runs;
    },
    reports: { keep: keepReport, kept: keptReport, forget: forgetReport },
    checks: { has: hasPassed, keep: keepPassed },
    view,
  }),
);

/** Fetched once; where that failed it is tried again. */
async function view(): Promise<ViewBundle | null> {
  if (bundle) return bundle;
  const text = async (file: string) => {
    const response = await fetch(new URL(file, import.meta.url));
    return response.ok ? response.text() : Promise.reject(new Error(`${file}: ${response.status}`));
  };
  try {
    const [script, style] = await Promise.all([text('report-view.js'), text('report-view.css')]);
    bundle = { script, style };
    return bundle;
  } catch {
    return null;
  }
}
