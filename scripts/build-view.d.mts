import type { ViewBundle } from '../src/report/html.js';

export function buildView(): Promise<ViewBundle>;
