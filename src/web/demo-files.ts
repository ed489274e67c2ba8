import { MemgpuError } from '../errors.js';
import type { Place } from './state.js';

/** The files of the demo, in `demo/` beside the page, and where each belongs. */
export const DEMO: readonly (readonly [place: Place, name: string])[] = [
  ['f', 'f.safetensors'],
  ['g', 'g.safetensors'],
  ['candidates', 'candidates.bin'],
  ['external', 'external.bin'],
];

/** @throws IO where the host does not carry it, or cannot be reached */
export async function demoFile(name: string): Promise<File> {
  const response = await fetch(`demo/${name}`).catch(() => null);
  if (response?.ok) return new File([await response.blob()], name);
  throw new MemgpuError('IO', `demo/${name} cannot be fetched`, {
    hint: response
      ? 'This host does not carry the demo: choose files of your own.'
      : 'Connect, or choose files of your own.',
  });
}
