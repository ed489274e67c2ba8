import { MemgpuError } from '../../errors.js';

/** How often a run goes on after the GPU was lost. */
const MOST_LOSSES = 2;

/**
 * Measures, and again from the last finished chunk where the GPU was lost: at most twice.
 * @param measure opens the GPU anew where the last one failed
 * @param tell is told of every loss that it goes on from
 * @throws DEVICE_LOST where it was lost once more, or there is none to be had any more; what `measure` throws
 */
export async function throughLosses<T>(measure: () => Promise<T>, tell: (message: string) => void): Promise<T> {
  for (let losses = 0; ; losses++) {
    try {
      return await measure();
    } catch (error) {
      if (!(error instanceof MemgpuError)) throw error;
      if (losses > 0 && error.code === 'NO_ADAPTER') throw goneForGood(error);
      if (error.code !== 'DEVICE_LOST' || losses === MOST_LOSSES) throw error;
      tell('The GPU was lost, as happens after driver resets: going on from the last finished part.');
    }
  }
}

/** Browsers give no adapter any more where their GPU process has failed too often. */
function goneForGood(cause: unknown): MemgpuError {
  return new MemgpuError('DEVICE_LOST', 'the GPU was lost, and the browser gives none any more', {
    hint: 'Restart the browser: finished parts are kept, and the same files go on from there.',
    cause,
  });
}
