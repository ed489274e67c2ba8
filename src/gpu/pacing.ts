/**
 * How a recording is cut into submits. Operating systems reset a GPU whose work does not end within a few seconds, and
 * a desktop freezes long before; so once a recording's time is known, it is submitted in parts of bounded time. Where
 * the cuts are changes no result: dispatches of one queue run in order either way.
 */

/** A half-open range of dispatches that go into one submit. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * @param count dispatches of the recording
 * @param times expected ms of each dispatch; those not known yet are missing and count as 0
 * @param target ms that a submit should not exceed; a single dispatch above it is a part of its own
 * @param most dispatches in one part
 */
export function cut(count: number, times: readonly number[], target: number, most: number): Part[] {
  const parts: Part[] = [];
  let start = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const time = times[i] ?? 0;
    if (i > start && (sum + time > target || i - start >= most)) {
      parts.push({ start, end: i });
      start = i;
      sum = 0;
    }
    sum += time;
  }
  parts.push({ start, end: count });
  return parts;
}

/** Notes that a part took `ms`: each of its dispatches gets an equal share, which finer parts correct later. */
export function learn(times: number[], part: Part, ms: number): void {
  const share = ms / Math.max(1, part.end - part.start);
  for (let i = part.start; i < part.end; i++) times[i] = share;
}
