import { useCallback } from 'preact/hooks';
import { presentSets } from '../../analysis/headline.js';
import type { LayerResult, Report, SetName } from '../../analysis/result.js';
import { confidence, range, signed } from '../format.js';
import { ALIGNMENT, DELTA, LAYERMEM, sslMem } from '../glossary.js';
import { Chart } from './chart.js';
import { DataTable } from './data-table.js';
import { Definitions } from './definitions.js';
import { layerChart, layerValue } from './layer-chart.js';
import { Name } from './name.js';
import { SetLegend } from './set-marks.js';
import { LayerName, WithInterval } from './values.js';

/** Every set by depth: LayerMem, or the alignment without a reference. */
export function LayerSection({ report }: { report: Report }) {
  const { layers } = report;
  const sets = presentSets(report.sets);
  const [first] = sets;
  const reference = report.encoders.g !== undefined;
  const measure = reference ? 'LayerMem' : 'Alignment';
  const level = confidence(report);
  const draw = useCallback(
    (width: number) => layerChart(report.layers, presentSets(report.sets), reference, width),
    [report, reference],
  );
  return (
    <section>
      <h2>{measure} of each set, by depth</h2>
      <Definitions terms={reference ? [ALIGNMENT, sslMem(report), LAYERMEM, DELTA] : [ALIGNMENT]} />
      <figure>
        <SetLegend sets={sets.map((set) => ({ set, n: report.sets[set]!.n }))} />
        <Chart
          draw={draw}
          description={`Chart of the ${reference ? 'LayerMem' : 'alignment'} of ${sets.join(', ')} by layer with ${level} intervals. The table below has the numbers.`}
        />
        <figcaption>
          Layers in order of execution, downwards, with {level} intervals.{' '}
          {reference
            ? 'Where all sets move together the two encoders differ; where they part there may be memory.'
            : 'Without a second encoder, trained without these images, there is no LayerMem: a set may lie lower because its images are easier.'}
        </figcaption>
      </figure>
      <DataTable
        caption={`${measure} by layer, with ${level} intervals`}
        columns={[
          { title: 'Layer' },
          ...sets.map((set) => ({ title: set, number: true })),
          ...(reference ? [{ title: `Δ of ${first}`, number: true }, { title: 'Δ against' }] : []),
        ]}
        rows={layers.map((layer, l) => ({
          key: l,
          cells: [
            <LayerName key="layer" layer={layer} />,
            ...sets.map((set) => <SetCell key={set} layer={layer} set={set} reference={reference} />),
            ...(reference ? deltaCells(layer, first!) : []),
          ],
        }))}
      />
    </section>
  );
}

function SetCell({ layer, set, reference }: { layer: LayerResult; set: SetName; reference: boolean }) {
  const found = layer.sets[set];
  if (found === undefined) return <>–</>;
  const { text, intervalText } = layerValue(found, reference);
  return <WithInterval value={text} interval={intervalText} />;
}

function deltaCells(layer: LayerResult, set: SetName) {
  const { delta = null, deltaInterval = null } = layer.sets[set] ?? {};
  return [
    delta === null || deltaInterval === null ? (
      '–'
    ) : (
      <WithInterval key="delta" value={signed(delta)} interval={range(deltaInterval)} />
    ),
    layer.predecessor === null ? '–' : <Name key="predecessor" text={layer.predecessor} max={26} />,
  ];
}
