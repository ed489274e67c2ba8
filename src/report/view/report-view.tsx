import { useMemo } from 'preact/hooks';
import { presentSets } from '../../analysis/headline.js';
import type { Report } from '../../analysis/result.js';
import { type Details, reportDetails } from '../details.js';
import { ContrastSection } from './contrast-section.js';
import { ExplorerSection } from './explorer/explorer-section.js';
import { Guard } from './explorer/guard.js';
import { HeadlineSection } from './headline-section.js';
import { LayerSection } from './layer-section.js';
import { ProvenanceSection } from './provenance-section.js';
import { UnitSection } from './unit-section.js';

/**
 * A whole report: the body of report.html, of the custom element and of the page's results. Styled by report.css.
 * @param props.details what is known beyond the report; default: nothing
 * @param props.embedded whether it stands within somebody's page, which has a main part of its own
 */
export function ReportView(props: { report: Report; details?: Details; embedded?: boolean }) {
  const { report, details, embedded = false } = props;
  const Whole = embedded ? 'article' : 'main';
  const known = useMemo(() => details ?? reportDetails(report), [report, details]);
  const measured = report.layers.length > 0 && presentSets(report.sets).length > 0;
  return (
    <Whole class="memgpu-report" part="report">
      <HeadlineSection report={report} />
      {measured && (
        <>
          <ContrastSection report={report} />
          <LayerSection report={report} />
          <UnitSection report={report} />
          {/* Other details, another tour: nothing of the last one stays. */}
          <Guard key={known}>
            <ExplorerSection report={report} details={known} />
          </Guard>
        </>
      )}
      <ProvenanceSection report={report} />
    </Whole>
  );
}
