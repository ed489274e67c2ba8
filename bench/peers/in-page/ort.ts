import { type Ort, openOrt } from '../ort.js';
import type { Program } from '../program.js';

/** @param build which of the package's scripts; each brings its own WASM */
export function ortProgram(build: string, provider: 'webgpu' | 'wasm'): Program {
  return async (job) => {
    const at = `/ort/${build}`;
    const ort: Ort & { readonly env: { readonly wasm: Record<string, unknown> } } = await import(at);
    Object.assign(ort.env.wasm, { wasmPaths: '/ort/', numThreads: navigator.hardwareConcurrency });
    return openOrt(ort, job, { executionProviders: [provider] });
  };
}
