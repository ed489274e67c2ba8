import type { Report } from '../../analysis/result.js';
import { MemgpuError } from '../../errors.js';
import { parseReport } from '../../report/parse-report.js';

/**
 * The report.json at an address, relative to the document's. Another origin must allow it (CORS).
 * @throws IO where it cannot be fetched, BAD_OPTION where it is no report; what `signal` was aborted with
 */
export async function loadReport(address: string, signal: AbortSignal): Promise<Report> {
  let text: string;
  try {
    const response = await fetch(new URL(address, document.baseURI), { signal });
    if (!response.ok) throw new MemgpuError('IO', `${address} is not there: the server answered ${response.status}`);
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof MemgpuError) throw cause;
    throw new MemgpuError('IO', `${address} could not be fetched`, {
      hint: "Check the address. A server of another origin must allow it (CORS), and so must this page's policy.",
      cause,
    });
  }
  return parseReport(text);
}
