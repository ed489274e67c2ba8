import { presentSets } from '../../analysis/headline.js';
import type { Report } from '../../analysis/result.js';
import { ContrastSection } from './contrast-section.js';
import { HeadlineSection } from './headline-section.js';
import { ImageSection } from './image-section.js';
import { LayerSection } from './layer-section.js';
import { ProvenanceSection } from './provenance-section.js';
import { TopUnitSection } from './top-unit-section.js';
import { UnitSection } from './unit-section.js';

/** A whole report: the body of report.html, and the result view of a page. Styled by report.css. */
export function ReportView({ report }: { report: Report }) {
  const measured = report.layers.length > 0 && presentSets(report.sets).length > 0;
  return (
    <main class="memgpu-report">
      <HeadlineSection report={report} />
      {measured && (
        <>
          <ContrastSection report={report} />
          <LayerSection report={report} />
          <UnitSection report={report} />
          <ImageSection report={report} />
          <TopUnitSection report={report} />
        </>
      )}
      <ProvenanceSection report={report} />
    </main>
  );
}
