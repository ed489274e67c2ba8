/** Keeps the screen, and with it a laptop, from sleeping during a run, where the browser offers that. */
export async function stayAwake(): Promise<(() => void) | null> {
  const lock = await navigator.wakeLock?.request('screen').catch(() => null);
  return lock ? () => void lock.release() : null;
}
