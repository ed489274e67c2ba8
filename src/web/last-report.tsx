import { presentSets } from '../analysis/headline.js';
import { counted } from '../report/amounts.js';
import { visible } from '../report/text.js';
import { FileName } from '../report/view/name.js';
import type { Controller } from './controller.js';
import type { ShownReport } from './state.js';

/** The report of the last run that was finished here, to be opened again. */
export function LastReport({ last, controller }: { last: ShownReport; controller: Controller }) {
  const { created, encoders, sets } = last.report;
  return (
    <section aria-labelledby="last" class="kept">
      <h2 id="last">Last report</h2>
      <p>
        {visible(created.slice(0, 16).replace('T', ' '))} UTC; f: <FileName path={encoders.f.file} max={40} />
        {encoders.g && (
          <>
            , g: <FileName path={encoders.g.file} max={40} />
          </>
        )}
        {presentSets(sets).map((set) => `, ${counted(sets[set]!.n, 'image')} ${set}`)}
      </p>
      <p class="explanation">
        {last.finished
          ? 'As it was, with every unit and image.'
          : 'As this browser keeps it: without pictures, and with the units and images that the report lists.'}
      </p>
      <button type="button" onClick={() => controller.reopen()}>
        Open
      </button>
      <button type="button" class="quiet" onClick={() => controller.forgetLast()}>
        Delete
      </button>
    </section>
  );
}
