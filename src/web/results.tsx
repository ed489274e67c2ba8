import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Report } from '../analysis/result.js';
import type { OutputName } from '../outputs.js';
import type { Details } from '../report/details.js';
import { ReportView } from '../report/view/report-view.js';
import type { Controller } from './controller.js';
import type { Finished } from './engine/contract.js';
import type { ErrorFacts } from './engine/errors.js';
import { ErrorNotice } from './error-notice.js';

interface ResultsProps {
  readonly report: Report;
  /** Null for a report that was opened from a file. */
  readonly finished: Finished | null;
  /** What happened during the run. */
  readonly notes: readonly string[];
  readonly details: Details;
  readonly controller: Controller;
}

/** A report, and its files to save. */
export function Results({ report, finished, notes, details, controller }: ResultsProps) {
  const [error, setError] = useState<ErrorFacts | null>(null);
  const top = useRef<HTMLElement>(null);
  useEffect(() => top.current?.focus(), [report]);
  const view = useMemo(
    () => <ReportView report={report} onWhole={() => {}} {...(finished && { details })} />,
    [report, finished, details],
  );
  const save = async (name: OutputName) => setError(await controller.save(name));
  return (
    <>
      <nav class="results" aria-label="This report" tabIndex={-1} ref={top}>
        <button type="button" onClick={() => controller.back()}>
          Back to the inputs
        </button>
        {finished && (
          <div class="saves">
            <span id="save">Save:</span>
            {finished.outputs.map((name) => (
              <button type="button" key={name} aria-describedby="save" onClick={() => save(name)}>
                {name}
              </button>
            ))}
          </div>
        )}
      </nav>
      {error && <ErrorNotice error={error} />}
      {notes.length > 0 && (
        <section class="notes" aria-label="During the run">
          {notes.map((note, n) => (
            <p key={n}>{note}</p>
          ))}
        </section>
      )}
      {view}
    </>
  );
}
