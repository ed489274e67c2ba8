/**
 * The one error type of the library. Every room may import this file and nothing else of ours that is outside its room's list.
 *
 * A message names the thing (file, tensor, node, image, option) and what is wrong with it; the hint says what to do.
 */
export type ErrorCode =
  | 'NO_ADAPTER'
  | 'DEVICE_LOST'
  | 'OUT_OF_MEMORY'
  | 'GPU_ERROR'
  | 'SHADER_COMPILE'
  | 'BAD_SAFETENSORS'
  | 'BAD_PYTORCH'
  | 'UNKNOWN_ARCHITECTURE'
  | 'MISSING_TENSOR'
  | 'SHAPE_MISMATCH'
  | 'BAD_IMAGE'
  | 'BAD_DATASET'
  | 'BAD_OPTION'
  | 'NON_FINITE'
  | 'ABORTED'
  | 'IO';

export class MemgpuError extends Error {
  override readonly name = 'MemgpuError';
  /** Stable across versions; branch on this, never on the message. */
  readonly code: ErrorCode;
  /** What the reader can do about it, where that is known. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
