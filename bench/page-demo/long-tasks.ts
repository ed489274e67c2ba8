import type { Page } from 'playwright-core';

/** A task of the main thread of at least 50 ms, as browsers report them; both times in ms, the first since the page began. */
export interface LongTask {
  readonly at: number;
  readonly took: number;
}

/** Lists the long tasks of every page that this one opens from now on. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const found: LongTask[] = [];
    Object.assign(window, { longTasks: found });
    const observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) found.push({ at: startTime, took: duration });
    });
    observer.observe({ type: 'longtask', buffered: true });
  });
}

/** Those that were found since the last call. */
export async function takeLongTasks(page: Page): Promise<readonly LongTask[]> {
  return page.evaluate(async () => {
    // What has just ended is told a moment later.
    await new Promise((resolve) => setTimeout(resolve, 200));
    return (window as unknown as { longTasks: LongTask[] }).longTasks.splice(0);
  });
}
