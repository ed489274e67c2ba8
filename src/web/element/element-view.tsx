import { useErrorBoundary } from 'preact/hooks';
import type { Report } from '../../analysis/result.js';
import { MemgpuError } from '../../errors.js';
import type { Details } from '../../report/details.js';
import { ReportView } from '../../report/view/report-view.js';
import { ErrorNotice } from '../error-notice.js';

/** What the element shows. */
export type Shown =
  | { readonly is: 'nothing' }
  | { readonly is: 'loading' }
  | { readonly is: 'error'; readonly error: MemgpuError }
  | { readonly is: 'report'; readonly report: Report; readonly details: Details | null };

interface ElementViewProps {
  readonly shown: Shown;
  /** Called once a report stands there. */
  readonly told: (report: Report) => void;
  /** Called where a report has the outline of one, and cannot be rendered. */
  readonly failed: (error: MemgpuError) => void;
}

export function ElementView({ shown, told, failed }: ElementViewProps) {
  switch (shown.is) {
    case 'nothing':
      return null;
    case 'loading':
      return (
        <div class="memgpu-report message" part="message">
          <p role="status">Loading the report</p>
        </div>
      );
    case 'error': {
      const { code, message, hint = null } = shown.error;
      return (
        <div class="memgpu-report message" part="message">
          <ErrorNotice error={{ code, message, hint }} />
        </div>
      );
    }
    case 'report':
      // Another report begins anew: what was chosen in the last one may not be in it.
      return <Guarded key={shown.report} {...shown} told={told} failed={failed} />;
  }
}

function Guarded(props: Omit<ElementViewProps, 'shown'> & { report: Report; details: Details | null }) {
  const { report, details, told, failed } = props;
  const [broken] = useErrorBoundary((cause) =>
    failed(
      new MemgpuError('BAD_OPTION', 'this report cannot be shown: a part of it is not as its schema says', {
        hint: 'Check it against report.schema.json of the package.',
        cause,
      }),
    ),
  );
  if (broken) return null;
  return <ReportView report={report} embedded onWhole={() => told(report)} {...(details && { details })} />;
}
