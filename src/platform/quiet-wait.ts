/**
 * Waiting for a software adapter in Node. While a GPU promise is pending Dawn polls from the event loop and takes a
 * whole core away from the kernels, which run on the same cores; sleeping a millisecond per turn of the loop gives it
 * back (1.4 times faster kernels on two cores).
 */

const PAUSE_MS = 1;
/** Waits shorter than this are left alone, so that small runs do not pay the pause. */
const GRACE_MS = 2;

const cell = new Int32Array(new SharedArrayBuffer(4));
let waits = 0;
let turning = false;
let since = 0;

/** Resolves when `done` settles, with the event loop slowed until then. All waits share one loop. */
export async function waitQuietly(done: Promise<unknown>): Promise<void> {
  if (waits === 0) since = performance.now();
  waits++;
  if (!turning) turn();
  try {
    await done;
  } finally {
    waits--;
  }
}

function turn(): void {
  turning = waits > 0;
  if (!turning) return;
  if (performance.now() - since > GRACE_MS) Atomics.wait(cell, 0, 0, PAUSE_MS);
  setImmediate(turn);
}
