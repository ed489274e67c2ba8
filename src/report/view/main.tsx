/** Entry of the bundle inside report.html: renders the report that the page carries. */
import { render } from 'preact';
import type { Report } from '../../analysis/result.js';
import { ReportView } from './report-view.js';

const place = document.getElementById('report');
const data = document.getElementById('memgpu-report')?.textContent;
if (place !== null && data) {
  place.replaceChildren();
  render(<ReportView report={JSON.parse(data) as Report} />, place);
}
