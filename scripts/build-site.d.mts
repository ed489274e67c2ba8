import type { ViewBundle } from '../src/report/html.js';

export function buildSite(options?: { readonly folder?: string; readonly view?: ViewBundle }): Promise<void>;
