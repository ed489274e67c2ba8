import { groupsOfFour } from './sized-kernel.js';

/** Which parts of shaders/lib/epilogue.wgsl a kernel has. */
export interface EpilogueParts {
  readonly bias: boolean;
  readonly affine: boolean;
  readonly relu: boolean;
  readonly gelu: boolean;
  readonly residual: boolean;
  readonly reluAfterAdd: boolean;
}

export function epilogueConstants(parts: EpilogueParts): Record<string, boolean> {
  return {
    BIAS: parts.bias,
    AFFINE: parts.affine,
    RELU: parts.relu,
    GELU: parts.gelu,
    RESIDUAL: parts.residual,
    RELU_AFTER_ADD: parts.reluAfterAdd,
  };
}

/** The `channels` buffer: bias, scale and shift of `out` channels, each padded to a multiple of 4; absent ones are 0. */
export function packChannels(
  out: number,
  parts: { readonly bias?: Float32Array; readonly scale?: Float32Array; readonly shift?: Float32Array },
): Float32Array {
  const stored = 4 * groupsOfFour(out);
  const packed = new Float32Array(3 * stored);
  if (parts.bias) packed.set(parts.bias, 0);
  if (parts.scale) packed.set(parts.scale, stored);
  if (parts.shift) packed.set(parts.shift, 2 * stored);
  return packed;
}
