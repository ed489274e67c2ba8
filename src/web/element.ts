/// <reference lib="dom" preserve="true" />
/**
 * Registers the custom element `<memgpu-report>` where there are custom elements; elsewhere (server rendering) it does
 * nothing and touches no global.
 */
import { type MemgpuReportElement, reportElementClass } from './element/report-element.js';

export type { Report } from '../analysis/result.js';
export type { Details, ImageAtLayer, ImageDetail, ListedImage, UnitImage } from '../report/details.js';
export type { MemgpuReportElement };

const NAME = 'memgpu-report';

if (typeof customElements !== 'undefined' && customElements.get(NAME) === undefined) {
  customElements.define(NAME, reportElementClass());
}

/** What `memgpu-load` says: the report that stands there. */
export type MemgpuLoadEvent = CustomEvent<{ readonly report: Report }>;

/** What `memgpu-error` says: a `MemgpuError` with its code and hint. */
export type MemgpuErrorEvent = CustomEvent<{ readonly error: unknown }>;

declare global {
  interface HTMLElementTagNameMap {
    'memgpu-report': MemgpuReportElement;
  }
  interface HTMLElementEventMap {
    'memgpu-load': MemgpuLoadEvent;
    'memgpu-error': MemgpuErrorEvent;
  }
}
