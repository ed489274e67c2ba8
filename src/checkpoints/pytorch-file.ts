import type { Checkpoint } from './checkpoint.js';
import { openPytorch } from './pytorch.js';
import { openPytorchLegacy } from './pytorch-legacy.js';
import { openPytorchZip } from './pytorch-zip.js';
import type { ByteSource } from './source.js';

/** Opens a PyTorch file of either container, as `openPytorch` says. */
export function openPytorchFile(source: ByteSource, container: 'zip' | 'legacy'): Promise<Checkpoint> {
  return openPytorch(source, container === 'zip' ? openPytorchZip : openPytorchLegacy);
}
