import { useId, useMemo } from 'preact/hooks';
import type { Report, UnitFacts } from '../../../analysis/result.js';
import type { Details } from '../../details.js';
import { number, trueMinus } from '../../format.js';
import { UNITMEM } from '../../glossary.js';
import { shorten, visible } from '../../text.js';
import { Definitions } from '../definitions.js';
import type { Place } from './place.js';
import { type SortableColumn, SortableTable } from './sortable-table.js';
import { useLoaded } from './use-loaded.js';

interface LayerPanelProps {
  readonly report: Report;
  readonly details: Details;
  readonly node: string;
  /** To another layer. */
  readonly begin: (place: Place) => void;
  readonly go: (place: Place) => void;
}

/** The units of a layer. */
export function LayerPanel({ report, details, node, begin, go }: LayerPanelProps) {
  const id = useId();
  const units = useLoaded(() => details.units(node), [node]);
  const columns = useMemo(() => columnsOf(go), [go]);
  const withUnits = report.layers.filter((layer) => layer.units > 0);
  const name = shorten(visible(node));
  return (
    <>
      <Definitions terms={[UNITMEM]} />
      <p class="choice">
        <label for={id}>Layer</label>{' '}
        <select id={id} onChange={({ currentTarget }) => begin({ is: 'layer', node: currentTarget.value })}>
          {withUnits.map((layer) => (
            <option key={layer.node} value={layer.node} selected={layer.node === node}>
              {shorten(visible(layer.node))} ({layer.units} units)
            </option>
          ))}
        </select>
      </p>
      {units === undefined && <p role="status">Reading the units of {name}</p>}
      {units?.length === 0 && <p role="status">No unit of {name} is known here.</p>}
      {units !== undefined && units.length > 0 && (
        <SortableTable
          key={node}
          caption={`Units of ${name}`}
          sought="unit number"
          columns={columns}
          rows={units}
          keyOf={keyOf}
          textOf={textOf}
        />
      )}
    </>
  );
}

const keyOf = ({ unit }: UnitFacts) => unit;
const textOf = ({ unit }: UnitFacts) => String(unit);

function columnsOf(go: (place: Place) => void): readonly SortableColumn<UnitFacts>[] {
  return [
    {
      title: 'Unit',
      value: ({ unit }) => unit,
      cell: ({ node, unit, mixedSign }) => (
        <>
          <button type="button" class="link" onClick={() => go({ is: 'unit', node, unit })}>
            unit {unit}
          </button>
          {mixedSign && <span class="label">below 0 on some image: says little</span>}
        </>
      ),
    },
    { title: 'UnitMem', number: true, value: ({ unitmem }) => unitmem, cell: ({ unitmem }) => number(unitmem) },
    { title: 'Highest mean', number: true, value: ({ mean }) => mean, cell: ({ mean }) => number(mean) },
    {
      title: 'Margin',
      number: true,
      value: ({ margin }) => margin,
      cell: ({ margin }) => `${trueMinus((100 * margin).toFixed(1))}\u00a0%`,
    },
  ];
}
