/// <reference lib="dom" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Registers the custom element `<memgpu-report>` where there are custom elements; elsewhere (server rendering) it does
 * nothing and touches no global.
 */
import type { Report } from '../analysis/result.js';
import type { MemgpuError } from '../errors.js';
import type { Details } from '../report/details.js';
import { type MemgpuReportElement, reportElementClass } from './element/report-element.js';

export type { ImageAtLayer, ImageDetail, ListedImage, UnitImage } from '../report/details.js';
export type { Details, MemgpuError, MemgpuReportElement, Report };

const NAME = 'memgpu-report';

if (typeof customElements !== 'undefined' && customElements.get(NAME) === undefined) {
  customElements.define(NAME, reportElementClass());
}

/** What `memgpu-load` says: the report that stands there. */
export type MemgpuLoadEvent = CustomEvent<{ readonly report: Report }>;

/** What `memgpu-error` says: what was wrong with the report, or why it could not be fetched. */
export type MemgpuErrorEvent = CustomEvent<{ readonly error: MemgpuError }>;

declare global {
  interface HTMLElementTagNameMap {
    'memgpu-report': MemgpuReportElement;
  }
  interface HTMLElementEventMap {
    'memgpu-load': MemgpuLoadEvent;
    'memgpu-error': MemgpuErrorEvent;
  }
}
