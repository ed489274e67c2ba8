import { useCallback, useMemo } from 'preact/hooks';
import { leadingContrast, presentSets } from '../../analysis/headline.js';
import type { Report } from '../../analysis/result.js';
import { confidence, number, range, signed } from '../format.js';
import { BELOW_ZERO, belowZero, DEAD, UNITMEM, UNITMEM_DIFFERENCE, UNITMEM_NULL, withoutUnits } from '../glossary.js';
import { Chart } from './chart.js';
import { DataTable } from './data-table.js';
import { Definitions } from './definitions.js';
import { SetLegend } from './set-marks.js';
import { isCut, type UnitRow, unitChart } from './unit-chart.js';
import { LayerName, WithInterval } from './values.js';

/** The distribution of UnitMem by layer, beside as many external images. */
export function UnitSection({ report }: { report: Report }) {
  const rows = useMemo(() => unitRows(report), [report]);
  const draw = useCallback((width: number) => unitChart(rows, width), [rows]);
  const [first] = rows;
  if (first === undefined) {
    return (
      <section>
        <h2>UnitMem by layer</h2>
        <p>No UnitMem: it needs a layer with units and at least two images of a set.</p>
      </section>
    );
  }
  const beside = first.strips.length > 1;
  return (
    <section>
      <h2>UnitMem by layer</h2>
      <Definitions terms={[UNITMEM, DEAD, BELOW_ZERO]} />
      <p>
        {UNITMEM_NULL}
        {beside
          ? ` ${UNITMEM_DIFFERENCE}`
          : ' There are none in this report: the values below show nothing by themselves.'}
      </p>
      <figure>
        <SetLegend sets={first.strips.map(({ set }) => ({ set, n: first.n }))} />
        <Chart
          draw={draw}
          description={`Chart of the distribution of UnitMem over the units of each layer, on ${first.n} images of each of ${first.strips.map(({ set }) => set).join(' and ')}. The table below has the numbers.`}
        />
        <figcaption>
          Per layer: the median unit (mark), the middle half of the units (thick), 10 to 90&nbsp;% (medium), all (thin).
          {isCut(rows) && ' Values below −1 or above 2 are cut off: units that fall below 0.'}
        </figcaption>
      </figure>
      <DataTable
        caption={`UnitMem by layer on ${first.n} images${beside ? ` of each set, with ${confidence(report)} intervals of the difference` : ''}`}
        columns={[
          { title: 'Layer' },
          ...(beside ? [{ title: 'Difference', number: true }] : []),
          ...first.strips.map(({ set }) => ({ title: `Mean, ${set}`, number: true })),
          ...first.strips.map(({ set }) => ({ title: `Median, ${set}`, number: true })),
          { title: 'Units', number: true },
          { title: DEAD.term, number: true },
          { title: BELOW_ZERO.term, number: true },
        ]}
        rows={rows.map((row, l) => ({ key: l, cells: cells(row) }))}
      />
      <p class="note">
        Dead and below 0 are counted on all {first.strips[0]!.set}. {withoutUnits(report.layers)}
      </p>
    </section>
  );
}

function cells({ layer, strips, difference }: UnitRow) {
  const [own] = strips;
  const counted = layer.sets[own!.set]!.unitmem!;
  return [
    <LayerName key="layer" layer={layer} />,
    ...(difference === null
      ? []
      : [
          <WithInterval key="difference" value={signed(difference.difference)} interval={range(difference.interval)} />,
        ]),
    ...strips.map((strip) => number(strip.mean)),
    ...strips.map((strip) => number(strip.quantiles[3]!)),
    layer.units,
    counted.dead,
    belowZero(counted),
  ];
}

/** Layers with units; all with the same sets. */
function unitRows(report: Report): UnitRow[] {
  const [set] = presentSets(report.sets);
  if (set === undefined) return [];
  return report.layers.flatMap((layer): UnitRow[] => {
    const alone = layer.sets[set]?.unitmem;
    if (alone == null) return [];
    const contrast = leadingContrast(layer);
    const pair = contrast?.unitmem;
    if (contrast == null || pair == null) return [{ layer, n: alone.n, strips: [{ set, ...alone }], difference: null }];
    const { n, a, b, quantiles } = pair;
    return [
      {
        layer,
        n,
        strips: [
          { set: contrast.a, mean: a, quantiles: quantiles.a },
          { set: contrast.b, mean: b, quantiles: quantiles.b },
        ],
        difference: pair,
      },
    ];
  });
}
