/**
 * What has gone wrong on a device. The first failure sticks: after it nothing that the device computed can be trusted
 * (an invalid dispatch leaves zeros behind and says nothing), so every later call throws it.
 */
import { MemgpuError } from '../errors.js';

/** After a rejection whose cause the device reports separately, how long that report is waited for. */
const REPORT_GRACE_MS = 100;

export class Failures {
  #first: MemgpuError | undefined;
  #ended = false;
  readonly #waiting = new Set<(error: MemgpuError) => void>();
  readonly #device: GPUDevice;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener('uncapturederror', this.#onError);
    void device.lost.then((info) => {
      if (this.#ended) return;
      const why = info.message === '' ? '' : `: ${info.message}`;
      this.report(
        new MemgpuError('DEVICE_LOST', `The GPU device was lost (${info.reason ?? 'unknown'})${why}`, {
          hint: 'Open the GPU again and go on from the last finished chunk; a smaller batch makes shorter submissions.',
        }),
      );
    });
  }

  readonly #onError = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault();
    this.report(asFailure(event.error, 'The GPU device reported'));
  };

  /** @throws the first failure, if there is one */
  check(): void {
    if (this.#first !== undefined) throw this.#first;
  }

  report(error: MemgpuError): void {
    this.#first ??= error;
    for (const reject of this.#waiting) reject(this.#first);
    this.#waiting.clear();
  }

  /** Settles as `promise` does, or rejects as soon as the device fails: a lost device leaves some promises pending. */
  async guard<T>(promise: Promise<T>, what: string): Promise<T> {
    // A failure that is known already is thrown below, before anybody listens to `promise`.
    promise.catch(() => {});
    this.check();
    let reject: (error: MemgpuError) => void = () => {};
    const failed = new Promise<never>((_, no) => {
      reject = no;
    });
    this.#waiting.add(reject);
    try {
      const value = await Promise.race([promise, failed]);
      this.check();
      return value;
    } catch (cause) {
      if (cause instanceof MemgpuError) throw cause;
      await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, REPORT_GRACE_MS))]);
      this.check();
      throw new MemgpuError('GPU_ERROR', `${what} failed: ${reason(cause)}`, { cause });
    } finally {
      this.#waiting.delete(reject);
      failed.catch(() => {});
    }
  }

  /** From here on the device's end is intended. */
  end(): void {
    this.#ended = true;
    this.#device.removeEventListener('uncapturederror', this.#onError);
  }
}

/** Maps a GPUError by its class: running out of memory keeps its own code. */
export function asFailure(error: GPUError, what: string): MemgpuError {
  return error.constructor.name === 'GPUOutOfMemoryError'
    ? new MemgpuError('OUT_OF_MEMORY', `${what}: ${error.message}`, { hint: SMALLER_BATCH })
    : new MemgpuError('GPU_ERROR', `${what}: ${error.message}`, {
        hint: 'Nothing computed since the last check can be trusted; please report this with the output of `memgpu doctor`.',
      });
}

export const SMALLER_BATCH = 'Use a smaller batch, fewer views, or close other programs that use the GPU.';

function reason(cause: unknown): string {
  const error = cause as { name?: string; message?: string };
  return error?.message || error?.name || String(cause);
}
