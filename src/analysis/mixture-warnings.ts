import type { Warning } from './result.js';

/**
 * What to know of a report whose chunks are of several adapters, or of several versions.
 * @param adapters names with drivers, each once
 * @param versions of memgpu, each once
 */
export function warningsOfMixture(adapters: readonly string[], versions: readonly string[]): Warning[] {
  const warnings: Warning[] = [];
  if (adapters.length > 1) {
    warnings.push({ code: 'MIXED_ADAPTERS', value: adapters.length, message: mixed('adapters', adapters) });
  }
  if (versions.length > 1) {
    warnings.push({ code: 'MIXED_VERSIONS', value: versions.length, message: mixed('versions of memgpu', versions) });
  }
  return warnings;
}

const mixed = (what: string, names: readonly string[]) =>
  `The images were measured on ${names.length} ${what} (${names.join('; ')}), whose numbers may differ in the last bits: a difference of that size between images says nothing. Measure all on one to be sure.`;
