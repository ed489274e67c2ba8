import { MemgpuError } from '../errors.js';
import { escapeUnseen } from '../escape-unseen.js';
import { PickleFault } from './pickle-bytes.js';

/** How to get a file that is read. */
export const SAVE_STATE_DICT = "Save the weights alone, in Python: torch.save(model.state_dict(), 'weights.pth').";
export const CUT_OFF = 'The file may be cut off; fetch it again.';

export function badPytorch(file: string, what: string, hint?: string): MemgpuError {
  return new MemgpuError('BAD_PYTORCH', `${escapeUnseen(file)}: ${what}`, hint === undefined ? {} : { hint });
}

/** A fault in the pickle of a file, as the error to throw; other errors stay as they are. */
export function asBadPytorch(file: string, error: unknown): unknown {
  if (!(error instanceof PickleFault)) return error;
  return badPytorch(file, `its pickle cannot be read: ${error.message} (at byte ${error.position})`, error.hint);
}
