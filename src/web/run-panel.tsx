import { useEffect, useRef } from 'preact/hooks';
import { duration, rate } from '../report/amounts.js';
import type { Controller } from './controller.js';
import type { Running } from './state.js';

/** How far a run is, and the way out of it. */
export function RunPanel({ running, controller }: { running: Running; controller: Controller }) {
  const { phase, progress, notes, cancelling } = running;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section class="running" aria-labelledby="running">
      <h2 id="running" tabIndex={-1} ref={title}>
        Running
      </h2>
      <p role="status">{cancelling ? 'Ending after what is being computed now' : phase}</p>
      {progress ? (
        <>
          <progress value={progress.done} max={progress.total} aria-label="Images measured" />
          <p class="pace">
            {progress.done} of {progress.total} images
            {progress.rate !== null && `, ${rate(progress.rate)} images per second`}
            {progress.left !== null && `, ${duration(progress.left)} left`}
          </p>
        </>
      ) : (
        <progress aria-label="Preparing" />
      )}
      {notes.map((note, n) => (
        <p class="note" key={n} role="status">
          {note}
        </p>
      ))}
      <button type="button" disabled={cancelling} onClick={() => controller.cancel()}>
        Cancel
      </button>
      <p class="explanation">
        Leave the tab open; it may lie in the background. What is finished is kept in this browser: after a reload, the
        same files go on from there.
      </p>
    </section>
  );
}
