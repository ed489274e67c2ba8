import { counted, duration } from '../report/amounts.js';
import { visible } from '../report/text.js';
import type { Controller } from './controller.js';
import type { RunPlan } from './engine/contract.js';
import { ErrorNotice } from './error-notice.js';
import { faultOf } from './settings.js';
import { type PageState, whatIsMissing, whatIsUntold } from './state.js';

/** What would be run and how long it takes, what is missing, and the button that starts it. */
export function PlanSummary({ state, controller }: { state: PageState; controller: Controller }) {
  const missing = whatIsMissing(state);
  const fault = faultOf(state.settings);
  const { planning } = state;
  const ready = missing === null && fault === null;
  return (
    <section class="plan" aria-labelledby="run">
      <h2 id="run">Run</h2>
      {ready && (
        <ul class="untold">
          {whatIsUntold(state).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      {planning.is === 'bad' && <ErrorNotice error={planning.error} />}
      <p role="status">
        {missing !== null && `Still missing: ${missing}.`}
        {missing === null && fault !== null && `A setting is wrong: ${visible(fault.message)}.`}
        {ready && planning.is === 'measuring' && 'Timing one image, to tell how long the run will take.'}
        {ready && planning.is === 'ready' && planLine(planning.plan)}
      </p>
      <button type="button" class="primary" disabled={!ready} onClick={() => controller.run()}>
        {planning.is === 'ready' && planning.plan.kept > 0 ? 'Go on' : 'Run'}
      </button>
    </section>
  );
}

function planLine({ layers, views, images, chunks, kept, expectedSeconds }: RunPlan): string {
  const done = kept > 0 ? ` ${kept} of ${counted(chunks, 'part')} are done from before;` : '';
  const time = `${expectedSeconds < 1 ? '' : 'about '}${duration(expectedSeconds)}${kept > 0 ? ' left' : ''}`;
  return `${counted(images, 'image')}, ${counted(views, 'view')} of each, ${counted(layers.length, 'layer')};${done} ${time} on this adapter.`;
}
