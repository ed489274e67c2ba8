import source from '../../shaders/pointwise.wgsl';
import type { BindingKind } from '../gpu/gpu.js';
import { type EpilogueParts, epilogueConstants } from './epilogue.js';
import { groupsOfFour, type SizedKernel, sizedKernel } from './sized-kernel.js';
import { type Stored, storedConstants } from './storage.js';

/** An epilogue alone. Bindings: input, channels, output, and the residual where there is one. */
export function pointwiseKernel(
  shape: { readonly views: number; readonly positions: number; readonly channels: number } & Stored,
  epilogue: EpilogueParts,
): SizedKernel {
  const groups = groupsOfFour(shape.channels);
  const bindings: BindingKind[] = ['read', 'read', 'write'];
  if (epilogue.residual) bindings.push('read');
  const parts = Object.entries(epilogue).filter(([, on]) => on);
  return sizedKernel(
    `pointwise ${parts.map(([name]) => name).join('+')} ${shape.positions}x${shape.channels}`,
    source,
    {
      VIEWS: shape.views,
      POSITIONS: shape.positions,
      CO4: groups,
      ...epilogueConstants(epilogue),
      ...storedConstants(shape),
    },
    bindings,
    (views) => [Math.ceil((shape.positions * groups) / 64), views, 1],
  );
}
