import { presentSets } from '../../analysis/headline.js';
import type { ImageFacts, Report, UnitFacts } from '../../analysis/result.js';
import { number, trueMinus } from '../format.js';
import { belowZero } from '../glossary.js';
import { DataTable } from './data-table.js';
import { FileName, Name } from './name.js';
import { Picture } from './picture.js';

/** The units with the highest UnitMem, and the image that each answers to most. */
export function TopUnitSection({ report }: { report: Report }) {
  const { units } = report;
  if (units.length === 0) return null;
  const [first] = presentSets(report.sets);
  const images = new Map(report.images.map((image) => [image.position, image]));
  const pictures = units.some((unit) => (images.get(unit.image)?.picture ?? null) !== null);
  return (
    <section>
      <h2>Images that single units answer to most</h2>
      <p>
        The units with the highest UnitMem on {first}, each with the image that it answers to most. The margin says how
        far that image is ahead of the next one, as a share of its answer: a small margin means that the unit answers to
        several images alike, or to none in particular.
        {fallBelowZero(report) &&
          ' Units whose mean is below 0 on some image come after all others: their UnitMem says little.'}
      </p>
      <DataTable
        caption="Units with the highest UnitMem"
        columns={[
          { title: 'Unit' },
          ...(pictures ? [{ title: 'Picture' }] : []),
          { title: 'UnitMem', number: true },
          { title: 'Margin', number: true },
          { title: 'Image' },
        ]}
        rows={units.map((unit, u) => ({ key: u, cells: cells(unit, images.get(unit.image), pictures) }))}
      />
    </section>
  );
}

function fallBelowZero({ layers, sets }: Report): boolean {
  const [first] = presentSets(sets);
  return layers.some((layer) => {
    const found = first && layer.sets[first]?.unitmem;
    return found != null && belowZero(found) > 0;
  });
}

function cells(unit: UnitFacts, image: ImageFacts | undefined, pictures: boolean) {
  const name = image?.name ?? `position ${unit.image}`;
  return [
    <>
      <Name text={unit.node} max={26} />
      <span class="label">
        unit {unit.unit}
        {unit.mixedSign && ', below 0 on some image: says little'}
      </span>
    </>,
    ...(pictures ? [<Picture key="picture" source={image?.picture ?? null} name={name} />] : []),
    number(unit.unitmem),
    `${trueMinus((100 * unit.margin).toFixed(1))}\u00a0%`,
    <>
      <FileName path={name} />
      {image?.label != null && (
        <span class="label">
          <Name text={image.label} max={24} />
        </span>
      )}
    </>,
  ];
}
