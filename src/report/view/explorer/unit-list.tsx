import { useId, useMemo } from 'preact/hooks';
import { presentSets } from '../../../analysis/headline.js';
import type { Report, UnitFacts } from '../../../analysis/result.js';
import { counted } from '../../amounts.js';
import { number } from '../../format.js';
import { belowZero, MARGIN, UNIT_MEAN, UNITMEM, UNITMEM_NULL } from '../../glossary.js';
import { shorten, visible } from '../../text.js';
import { Definitions } from '../definitions.js';
import { Name } from '../name.js';
import { percent } from '../values.js';
import { ImageLink } from './image-link.js';
import { LoadedPicture } from './loaded-picture.js';
import type { Explored, Go } from './place.js';
import { type SortableColumn, SortableTable } from './sortable-table.js';
import { useLoaded } from './use-loaded.js';

interface UnitListProps extends Explored {
  /** Null: the highest of all layers. */
  readonly node: string | null;
  /** To another layer. */
  readonly begin: Go;
}

/** The units of a layer, or those of a report, each with the image that it answers to most. */
export function UnitList({ node, begin, tables, ...explored }: UnitListProps) {
  const { report, details } = explored;
  const id = useId();
  const units = useLoaded(async () => (node === null ? report.units : details.units(node)), [report, details, node]);
  const columns = useMemo(() => columnsOf(explored, node === null), [report, details, explored.images, node]);
  const withUnits = report.layers.filter((layer) => layer.units > 0);
  const caption = node === null ? 'Units with the highest UnitMem' : `Units of ${shorten(visible(node))}`;
  return (
    <>
      <Definitions terms={[UNITMEM, UNIT_MEAN, MARGIN]} />
      <p>
        {UNITMEM_NULL}
        {fallBelowZero(report, node) &&
          ' Units whose mean is below 0 on some image come after all others: their UnitMem says little.'}
      </p>
      <p class="choice">
        <label for={id}>Layer</label>{' '}
        <select
          id={id}
          onChange={({ currentTarget: { selectedIndex } }) =>
            begin({ is: 'units', node: withUnits[selectedIndex - 1]?.node ?? null })
          }
        >
          <option selected={node === null}>the highest of all layers</option>
          {withUnits.map((layer) => (
            <option key={layer.node} value={layer.node} selected={layer.node === node}>
              {shorten(visible(layer.node))} ({counted(layer.units, 'unit')}
              {!details.complete && `, ${report.units.filter((unit) => unit.node === layer.node).length} listed`})
            </option>
          ))}
        </select>
      </p>
      {units === undefined ? (
        <p role="status">Reading the units</p>
      ) : units.length === 0 ? (
        <p role="status">No unit of it is known here.</p>
      ) : (
        <SortableTable
          key={node}
          caption={caption}
          sought={node === null ? 'unit number or layer' : 'unit number'}
          columns={columns}
          rows={units}
          keyOf={keyOf}
          textOf={node === null ? numberAndLayer : numberOf}
          tables={tables}
        />
      )}
    </>
  );
}

/** Whether units of the layer, or of any, do. */
function fallBelowZero({ layers, sets }: Report, node: string | null): boolean {
  const [first] = presentSets(sets);
  return layers.some((layer) => {
    const found = first && layer.sets[first]?.unitmem;
    return found != null && belowZero(found) > 0 && (node === null || layer.node === node);
  });
}

const keyOf = ({ node, unit }: UnitFacts) => `${unit} ${node}`;
const numberOf = ({ unit }: UnitFacts) => String(unit);
const numberAndLayer = keyOf;

function columnsOf(
  { report, details, images, go }: Omit<Explored, 'tables'>,
  ofSeveral: boolean,
): readonly SortableColumn<UnitFacts>[] {
  const nameOf = ({ image }: UnitFacts) => images.get(image)?.name ?? `position ${image}`;
  const pictures = details.complete || report.images.some(({ picture }) => picture !== null);
  return [
    {
      title: 'Unit',
      value: ({ unit }) => unit,
      cell: ({ node, unit, mixedSign }) => (
        <>
          <button type="button" class="link" onClick={() => go({ is: 'unit', node, unit })}>
            unit {unit}
          </button>
          {ofSeveral && (
            <span class="label">
              <Name text={node} max={26} />
            </span>
          )}
          {mixedSign && <span class="label">below 0 on some image: says little</span>}
        </>
      ),
    },
    ...(pictures
      ? [
          {
            title: 'Picture',
            cell: (unit: UnitFacts) => <LoadedPicture details={details} position={unit.image} name={nameOf(unit)} />,
          },
        ]
      : []),
    { title: 'UnitMem', number: true, value: ({ unitmem }) => unitmem, cell: ({ unitmem }) => number(unitmem) },
    { title: 'Margin', number: true, value: ({ margin }) => margin, cell: ({ margin }) => percent(margin) },
    {
      title: 'Its image',
      value: nameOf,
      cell: ({ image }) => {
        const label = images.get(image)?.label ?? null;
        return (
          <>
            <ImageLink position={image} image={images.get(image)} go={go} max={30} />
            {label !== null && (
              <span class="label">
                <Name text={label} max={24} />
              </span>
            )}
          </>
        );
      },
    },
    { title: 'Highest mean', number: true, value: ({ mean }) => mean, cell: ({ mean }) => number(mean) },
  ];
}
