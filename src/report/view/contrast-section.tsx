import { useCallback, useId, useMemo, useState } from 'preact/hooks';
import { leadingContrast, presentSets, verdict, viewsNeverDiffer } from '../../analysis/headline.js';
import type { Contrast, Report } from '../../analysis/result.js';
import { NOTHING_TO_MEASURE, SET_PHRASES } from '../finding.js';
import { confidence, range, signed } from '../format.js';
import { aucTerm, contrastTerm } from '../glossary.js';
import { Chart } from './chart.js';
import { type ContrastRow, contrastChart } from './contrast-chart.js';
import { DataTable } from './data-table.js';
import { Definitions } from './definitions.js';
import { LayerName, WithInterval } from './values.js';

const SAYS = { shown: 'above 0', none: 'contains 0', reversed: 'below 0' } as const;

/** The difference of two sets by depth: the first against external images, until another pair is chosen. */
export function ContrastSection({ report }: { report: Report }) {
  const pairs = report.layers[0]?.contrasts ?? [];
  const [first] = presentSets(report.sets);
  const leading = leadingContrast(report.layers[0]!);
  const [chosen, choose] = useState(Math.max(0, leading === null ? 0 : pairs.indexOf(leading)));
  const pair = pairs[chosen];
  if (pair === undefined) {
    return (
      <section>
        <h2>Contrast of two sets by depth</h2>
        <p>
          There is one set of images, {first}, and nothing to hold it against. Give images that no encoder was trained
          on (external): only a difference to them shows memory.
        </p>
      </section>
    );
  }
  return (
    <section>
      <h2>{title(pair)}, by depth</h2>
      <Definitions terms={[contrastTerm(report, pair.a, pair.b), aucTerm(pair.a, pair.b)]} />
      {pairs.length > 1 && <PairChoice pairs={pairs} chosen={chosen} choose={choose} />}
      <Pair report={report} chosen={chosen} />
    </section>
  );
}

function PairChoice(props: { pairs: readonly Contrast[]; chosen: number; choose: (pair: number) => void }) {
  const id = useId();
  return (
    <p class="choice">
      <label for={id}>Sets compared</label>{' '}
      <select id={id} value={props.chosen} onChange={(event) => props.choose(Number(event.currentTarget.value))}>
        {props.pairs.map((pair, p) => (
          <option key={title(pair)} value={p}>
            {title(pair)}
          </option>
        ))}
      </select>
    </p>
  );
}

function Pair({ report, chosen }: { report: Report; chosen: number }) {
  const rows = useMemo<ContrastRow[]>(
    () => report.layers.map((layer) => ({ layer, contrast: layer.contrasts[chosen]! })),
    [report, chosen],
  );
  const { a, b } = rows[0]!.contrast;
  const label = report.encoders.g === undefined ? `alignment of ${b} − ${a}` : `${a} − ${b} in LayerMem`;
  const draw = useCallback((width: number) => contrastChart(rows, label, width), [rows, label]);
  const above = rows.filter(({ contrast }) => verdict(contrast) === 'shown').length;
  const level = confidence(report);
  return (
    <>
      <figure>
        <Chart
          draw={draw}
          description={`Chart of ${a} − ${b} by layer with ${level} intervals: ${above} of ${rows.length} intervals lie above 0. The table below has the numbers.`}
        />
        <figcaption>
          Layers in order of execution, downwards. Bars are {level} intervals (bootstrap over images); a dot is filled
          where its interval does not contain 0. Right of the line at 0: more for {SET_PHRASES[a]}.
        </figcaption>
      </figure>
      <DataTable
        caption={`${title(rows[0]!.contrast)} by layer, with ${level} intervals`}
        columns={[
          { title: 'Layer' },
          { title: 'The interval' },
          { title: 'Difference', number: true },
          { title: 'AUC', number: true },
        ]}
        rows={rows.map(({ layer, contrast }, l) => ({
          key: l,
          cells: [
            <LayerName key="layer" layer={layer} />,
            ...(viewsNeverDiffer(layer)
              ? [
                  <span key="says" class="label">
                    {NOTHING_TO_MEASURE}
                  </span>,
                ]
              : [
                  <span key="says" class={`verdict ${verdict(contrast)}`}>
                    {SAYS[verdict(contrast)]}
                  </span>,
                  <WithInterval
                    key="difference"
                    value={signed(contrast.difference)}
                    interval={range(contrast.interval)}
                  />,
                  <WithInterval
                    key="auc"
                    value={share(contrast.auc)}
                    interval={`[${contrast.aucInterval.map(share).join(', ')}]`}
                  />,
                ]),
          ],
        }))}
      />
    </>
  );
}

function share(auc: number): string {
  return auc.toFixed(3);
}

function title({ a, b }: Contrast): string {
  return `${a.charAt(0).toUpperCase()}${a.slice(1)} − ${b}`;
}
