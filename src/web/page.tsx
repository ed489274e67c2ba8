import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Details } from '../report/details.js';
import { AdapterLine } from './adapter-line.js';
import { Controller } from './controller.js';
import { groupsOfDrop } from './dropped-files.js';
import type { Engine } from './engine/contract.js';
import type { ErrorFacts } from './engine/errors.js';
import { ErrorNotice } from './error-notice.js';
import { Inputs } from './inputs.js';
import { LastReport } from './last-report.js';
import { PlanSummary } from './plan-summary.js';
import { Results } from './results.js';
import { RunPanel } from './run-panel.js';
import { SettingsForm } from './settings-form.js';
import { type PageState, reduce, START } from './state.js';
import { UnfinishedRuns } from './unfinished-runs.js';

/** The whole page: inputs, then a run, then its report. */
export function Page({ engine }: { engine: Engine }) {
  // What is decided between two renderings must be known at once: the state is kept beside what is rendered of it.
  const current = useRef<PageState>(START);
  const [state, show] = useState<PageState>(START);
  const controller = useMemo(
    () =>
      new Controller(
        engine,
        () => current.current,
        (action) => {
          current.current = reduce(current.current, action);
          show(current.current);
        },
      ),
    [engine],
  );
  const details = useMemo(() => detailsOf(engine), [engine]);
  useEffect(() => void controller.start(), [controller]);
  useEffect(() => takeDrops(controller), [controller]);
  const { shown } = state;
  if (shown.is === 'report') {
    return (
      <Results
        report={shown.report}
        finished={shown.finished}
        notes={shown.notes}
        details={details}
        controller={controller}
      />
    );
  }
  return (
    <main class="page">
      <header>
        <h1>What does an encoder remember?</h1>
        <p class="lead">
          memgpu finds where a vision encoder memorized images of its training: in which layers and in which units. Drop
          a checkpoint and images; everything is computed on this machine, and <strong>nothing leaves it</strong>.
        </p>
        <AdapterLine adapter={state.adapter} />
      </header>
      {shown.is === 'running' ? (
        <RunPanel running={shown} controller={controller} />
      ) : (
        <>
          {state.error && <Trouble error={state.error} />}
          <UnfinishedRuns runs={state.unfinished} controller={controller} />
          {state.last && <LastReport last={state.last} controller={controller} />}
          <p class="shortcuts">
            <button type="button" onClick={() => controller.demo()} disabled={state.adapter.is !== 'found'}>
              Take the demo
            </button>
            <label class="button">
              Open a report.json
              <input
                class="unseen"
                type="file"
                accept=".json"
                onChange={({ currentTarget }) => {
                  const [file] = currentTarget.files ?? [];
                  currentTarget.value = '';
                  if (file) controller.open(file);
                }}
              />
            </label>
            <span class="explanation">
              The demo is a small encoder pair with 400 pictures of CIFAR-10, which ships with memgpu (8 MB).
            </span>
          </p>
          {state.adapter.is !== 'none' && (
            <>
              <Inputs state={state} controller={controller} />
              <SettingsForm settings={state.settings} change={(settings) => controller.change(settings)} />
              <PlanSummary state={state} controller={controller} />
            </>
          )}
        </>
      )}
      <footer>
        <h2>Private, and how you can check it</h2>
        <p>
          The page's policy (Content-Security-Policy) lets the browser talk to nothing but the place that the page came
          from, and the page asks even that for nothing but its own files. Once loaded it works without a connection:
          cut it and try. In this browser's storage it keeps the numbers of an unfinished run, the last report without
          its pictures, and the page itself; no pixels and no weights.
        </p>
      </footer>
    </main>
  );
}

/** Where one looks, whatever part of the page was in sight when it went wrong. */
function Trouble({ error }: { error: ErrorFacts }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), [error]);
  return (
    <div class="trouble" tabIndex={-1} ref={place}>
      <ErrorNotice error={error} />
    </div>
  );
}

/** What falls beside a field must not replace the page; a saved report opens. */
function takeDrops(controller: Controller): () => void {
  const over = (event: DragEvent) => event.preventDefault();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    if (event.dataTransfer) void controller.drop(groupsOfDrop(event.dataTransfer));
  };
  addEventListener('dragover', over);
  addEventListener('drop', drop);
  return () => {
    removeEventListener('dragover', over);
    removeEventListener('drop', drop);
  };
}

/** As the view asks: what crosses to the worker are calls, one by one. */
function detailsOf(engine: Engine): Details {
  return {
    complete: true,
    units: (node) => engine.units(node),
    unitImages: (node, unit, most) => engine.unitImages(node, unit, most),
    images: () => engine.images(),
    image: (position) => engine.image(position),
    picture: (position) => engine.picture(position),
  };
}
