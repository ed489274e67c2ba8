import type { MemgpuError } from '../errors.js';
import type { Checkpoint } from './checkpoint.js';
import { badPytorch, SAVE_STATE_DICT } from './pytorch-fault.js';
import { quote } from './quote.js';
import { openSafetensors } from './safetensors.js';
import { badSafetensors, guessFormat } from './safetensors-header.js';
import { type ByteSource, readExactly } from './source.js';

/** Holds the mark of a tar archive, the last to come. */
const FIRST_BYTES = 512;
/** Bytes that a message quotes. */
const SHOWN = 16;
/** PyTorch's magic number as a pickle's LONG1. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * Opens a file of tensors of any kind that is read; its first bytes decide which, never its name. The checkpoint owns the
 * source from here on: it is closed with it, and where opening fails.
 *
 * @throws BAD_PYTORCH, BAD_SAFETENSORS as the readers do; IO where it cannot be read
 */
export async function openCheckpointFile(source: ByteSource): Promise<Checkpoint> {
  let kind: Kind;
  try {
    const start = await readExactly(source, 0, Math.min(source.size, FIRST_BYTES));
    kind = kindOf(start);
    if (kind === 'unknown') throw neither(source, start);
    if (typeof kind === 'object') throw badPytorch(source.name, kind.is, kind.hint);
  } catch (error) {
    await source.close?.();
    throw error;
  }
  if (kind === 'safetensors') return openSafetensors(source);
  // A page that is given safetensors alone fetches no reader of other files.
  const { openPytorchFile } = await import('./pytorch-file.js');
  return openPytorchFile(source, kind);
}

type Kind = 'safetensors' | 'zip' | 'legacy' | 'unknown' | { readonly is: string; readonly hint: string };

function kindOf(start: Uint8Array): Kind {
  const text = (at: number, length: number) => String.fromCharCode(...start.subarray(at, at + length));
  // A header's length may look like the mark of another kind, but no header has 4 GiB.
  if (start[8] === 0x7b && start.subarray(4, 8).every((byte) => byte === 0)) return 'safetensors';
  if (['PK\x03\x04', 'PK\x05\x06'].includes(text(0, 4))) return 'zip';
  if (start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5) {
    // From protocol 4 on a frame's length comes first.
    const at = start[2] === 0x95 ? 11 : 2;
    if (MAGIC.every((byte, i) => start[at + i] === byte)) return 'legacy';
    return { is: 'it is a pickle, but not one that torch.save wrote', hint: SAVE_STATE_DICT };
  }
  if (text(257, 5) === 'ustar') {
    const is = 'it is a tar archive; those of PyTorch before 0.1.10 are not read';
    return { is, hint: 'Load it with a PyTorch that can, and save it again; or unpack it, if it is a download.' };
  }
  // A header below 4 GiB that breaks a rule is for the reader of safetensors to name.
  return start.length >= 8 && start.subarray(4, 8).every((byte) => byte === 0) ? 'safetensors' : 'unknown';
}

/** What is no file of tensors at all. */
function neither({ name, size }: ByteSource, start: Uint8Array): MemgpuError {
  if (size === 0) {
    return badSafetensors(name, 'the file is empty', 'It may have been cut off; fetch or save it again.');
  }
  const shown = quote(String.fromCharCode(...start.subarray(0, SHOWN)));
  return badSafetensors(
    name,
    `neither a PyTorch file nor safetensors (it starts with ${shown})`,
    guessFormat(start) ?? 'Give a checkpoint as PyTorch or safetensors writes it.',
  );
}
