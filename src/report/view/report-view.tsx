import { useMemo } from 'preact/hooks';
import { presentSets } from '../../analysis/headline.js';
import type { Report } from '../../analysis/result.js';
import { type Details, reportDetails } from '../details.js';
import { ContrastSection } from './contrast-section.js';
import { ExplorerSection } from './explorer/explorer-section.js';
import { Guard } from './explorer/guard.js';
import { HeadlineSection } from './headline-section.js';
import { InTurn } from './in-turn.js';
import { LayerSection } from './layer-section.js';
import { ProvenanceSection } from './provenance-section.js';
import { UnitSection } from './unit-section.js';

interface ReportViewProps {
  readonly report: Report;
  /** What is known beyond the report; default: nothing. */
  readonly details?: Details;
  /** Whether it stands within somebody's page, which has a main part of its own. */
  readonly embedded?: boolean;
  /** Given where sections may come one after another, as long ones take their time: called once all stand there. */
  readonly onWhole?: () => void;
}

/** A whole report: the body of report.html, of the custom element and of the page's results. Styled by report.css. */
export function ReportView({ report, details, embedded = false, onWhole }: ReportViewProps) {
  const Whole = embedded ? 'article' : 'main';
  const known = useMemo(() => details ?? reportDetails(report), [report, details]);
  const measured = report.layers.length > 0 && presentSets(report.sets).length > 0;
  const sections = [
    <HeadlineSection key="headline" report={report} />,
    ...(measured
      ? [
          <ContrastSection key="contrast" report={report} />,
          <LayerSection key="layers" report={report} />,
          <UnitSection key="units" report={report} />,
          // Other details, another tour: nothing of the last one stays.
          <Guard key={known}>
            <ExplorerSection report={report} details={known} />
          </Guard>,
        ]
      : []),
    <ProvenanceSection key="provenance" report={report} />,
  ];
  return (
    <Whole class="memgpu-report" part="report">
      {onWhole ? (
        <InTurn key={report} onWhole={onWhole}>
          {sections}
        </InTurn>
      ) : (
        sections
      )}
    </Whole>
  );
}
