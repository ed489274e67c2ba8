import type { KeptRunFacts } from '../platform/opfs-runs.js';
import { byteCount, counted } from '../report/amounts.js';
import { Name } from '../report/view/name.js';
import type { Controller } from './controller.js';

/** Runs that were left before their end, as this browser keeps them. */
export function UnfinishedRuns({ runs, controller }: { runs: readonly KeptRunFacts[]; controller: Controller }) {
  const kept = runs.filter(({ chunks }) => chunks > 0);
  if (kept.length === 0) return null;
  return (
    <section aria-labelledby="unfinished" class="kept">
      <h2 id="unfinished">Unfinished here</h2>
      <p class="explanation">
        The numbers measured so far are kept in this browser, on this machine; the images and encoders are not. Choose
        the same files again to go on.
      </p>
      <ul>
        {kept.map(({ key, created, inputs, chunks, bytes, remembered }) => (
          <li key={key}>
            <p>
              {created.slice(0, 16).replace('T', ' ')} UTC; <Inputs inputs={inputs} />; {counted(chunks, 'part')} done,{' '}
              {byteCount(bytes)}
            </p>
            <button type="button" onClick={() => controller.goOn(remembered)}>
              {isDemo(remembered) ? 'Go on' : 'Take up its settings'}
            </button>
            <button type="button" class="quiet" onClick={() => controller.forget(key)}>
              Delete
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Inputs({ inputs }: Pick<KeptRunFacts, 'inputs'>) {
  return (
    <>
      {Object.entries(inputs).map(([role, name], n) => (
        <span key={role}>
          {n > 0 && ', '}
          {role}: <Name text={name} max={40} />
        </span>
      ))}
    </>
  );
}

function isDemo(remembered: unknown): boolean {
  return (remembered as { demo?: unknown } | null)?.demo === true;
}
