/** What an adapter says of itself, as the plain data that reports keep. */
import type { AdapterFacts } from './gpu.js';

export interface AdapterTraits {
  readonly info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'> & {
    readonly isFallbackAdapter?: boolean;
    readonly subgroupMinSize?: number;
    readonly subgroupMaxSize?: number;
  };
  readonly features: ReadonlySet<string>;
  readonly limits: AdapterFacts['limits'];
}

const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|softpipe|microsoft basic render/i;

/** Whether the work is done by the CPU: by the fallback flag, or by the names of the known software drivers. */
export function isSoftware(info: AdapterTraits['info']): boolean {
  const names = `${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter === true || SOFTWARE_NAMES.test(names);
}

export function describeAdapter(traits: AdapterTraits, origin: AdapterFacts['origin']): AdapterFacts {
  const { info, features, limits } = traits;
  const kind = isSoftware(info) ? 'software' : 'hardware';
  const min = info.subgroupMinSize ?? 0;
  return {
    name: displayName(info, kind, origin),
    kind,
    origin,
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    driver: info.description,
    subgroups: features.has('subgroups') && min > 0 ? { min, max: info.subgroupMaxSize ?? min } : null,
    timestamps: features.has('timestamp-query'),
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  };
}

function displayName(info: AdapterTraits['info'], kind: AdapterFacts['kind'], origin: AdapterFacts['origin']): string {
  const known = info.architecture === 'swiftshader' ? 'SwiftShader' : '';
  const name = known || info.device || info.description || `${info.vendor} ${info.architecture}`.trim() || 'GPU';
  if (kind === 'hardware') return name;
  return origin === 'embedded' ? `${name} (embedded software adapter)` : `${name} (software adapter)`;
}
