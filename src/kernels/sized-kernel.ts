import bits from '../../shaders/lib/bits.wgsl';
import epilogue from '../../shaders/lib/epilogue.wgsl';
import erf from '../../shaders/lib/erf.wgsl';
import exp from '../../shaders/lib/exp.wgsl';
import gray from '../../shaders/lib/gray.wgsl';
import inside from '../../shaders/lib/inside.wgsl';
import quad from '../../shaders/lib/quad.wgsl';
import sixteen from '../../shaders/lib/sixteen.wgsl';
import convolved from '../../shaders/lib/source.wgsl';
import stored from '../../shaders/lib/stored.wgsl';
import winograd from '../../shaders/lib/winograd.wgsl';
import { MemgpuError } from '../errors.js';
import type { AdapterFacts, BindingKind, Kernel, Workgroups } from '../gpu/gpu.js';
import { resolveShader } from '../gpu/resolve.js';
import { groupBytes, type Storage } from '../half.js';

/** What a kernel is for one shape: its code, and its grid for a number of views (or images) up to the planned most. */
export interface SizedKernel {
  readonly kernel: Kernel;
  grid(count: number): Workgroups;
}

const LIBRARY = {
  'lib/bits.wgsl': bits,
  'lib/epilogue.wgsl': epilogue,
  'lib/erf.wgsl': erf,
  'lib/exp.wgsl': exp,
  'lib/gray.wgsl': gray,
  'lib/inside.wgsl': inside,
  'lib/quad.wgsl': quad,
  'lib/sixteen.wgsl': sixteen,
  'lib/winograd.wgsl': winograd,
  'lib/source.wgsl': convolved,
  'lib/stored.wgsl': stored,
};

/** Storage where a kernel says nothing of it (shaders/lib/stored.wgsl, source.wgsl). */
const STORED_F32 = { half: false, halfSource: false };

export function sizedKernel(
  label: string,
  source: string,
  constants: Readonly<Record<string, number | boolean>>,
  bindings: readonly BindingKind[],
  grid: (count: number) => Workgroups,
): SizedKernel {
  const code = resolveShader(source, { ...STORED_F32, ...constants }, LIBRARY);
  return { kernel: { label: constants.half ? `${label} f16` : label, code, bindings }, grid };
}

/** What every adapter allows for one dimension of a grid. */
const MOST_WORKGROUPS = 65_535;

/**
 * Two dimensions of a grid for `count` workgroups: [x, y] with x · y ≥ count and fewer than y left over; y is 1 where one
 * dimension holds them all. A shader finds its place by `num_workgroups` and leaves when it is beyond the end.
 */
export function splitGrid(count: number): readonly [x: number, y: number] {
  const y = Math.max(1, Math.ceil(count / MOST_WORKGROUPS));
  return [Math.ceil(count / y), y];
}

/** Channels are stored in groups of four, the last one filled with zeros. */
export function groupsOfFour(channels: number): number {
  return Math.ceil(channels / 4);
}

/** Bytes of one view of a stored tensor, channels padded to a multiple of 4. */
export function viewBytes(
  shape: { readonly height: number; readonly width: number; readonly channels: number },
  storage: Storage = 'f32',
): number {
  return shape.height * shape.width * groupsOfFour(shape.channels) * groupBytes(storage);
}

/** @throws BAD_OPTION where a tensor of `views` views is larger than a binding of this adapter may be. */
export function checkBinding(facts: AdapterFacts, node: string, bytesPerView: number, views: number): void {
  const limit = Math.min(facts.limits.maxStorageBufferBindingSize, facts.limits.maxBufferSize);
  if (bytesPerView * views > limit) {
    const most = Math.floor(limit / bytesPerView);
    throw new MemgpuError(
      'BAD_OPTION',
      `node ${node} needs ${bytesPerView * views} bytes for ${views} views; a buffer of this adapter holds ${limit}`,
      { hint: most > 0 ? `use at most ${most} views per image` : 'this encoder is too large for the adapter' },
    );
  }
}
