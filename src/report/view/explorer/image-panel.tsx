import { presentSets } from '../../../analysis/headline.js';
import type { Report } from '../../../analysis/result.js';
import type { Details } from '../../details.js';
import { number, signed } from '../../format.js';
import { ALIGNMENT, sslMem } from '../../glossary.js';
import { DataTable } from '../data-table.js';
import { Definitions } from '../definitions.js';
import { FileName, Name } from '../name.js';
import { LoadedPicture } from './loaded-picture.js';
import type { Place } from './place.js';
import { useLoaded } from './use-loaded.js';

/** Of the units of an image, this many are shown. */
const SHOWN = 25;

interface ImagePanelProps {
  readonly report: Report;
  readonly details: Details;
  readonly position: number;
  readonly go: (place: Place) => void;
}

/** One image: its score at every layer, and the units that answer to it most. */
export function ImagePanel({ report, details, position, go }: ImagePanelProps) {
  const image = useLoaded(() => details.image(position), [position]);
  const [set] = presentSets(report.sets);
  const n = set ? report.sets[set]!.n : 0;
  const reference = report.encoders.g !== undefined;
  if (image === undefined) return <p role="status">Reading the image</p>;
  if (image === null) return <p role="status">Of this image nothing is known here.</p>;
  const units = image.units.slice(0, SHOWN);
  return (
    <>
      <h3>
        <FileName path={image.name} />
      </h3>
      <div class="one-image">
        <LoadedPicture details={details} position={position} name={image.name} />
        <p>
          {image.label !== null && (
            <>
              Label <Name text={image.label} max={40} />.{' '}
            </>
          )}
          {reference ? 'SSLMem' : 'Minus its alignment'} at the last layer is {signed(image.score)}: rank {image.rank}{' '}
          of {n} {set}. A single image is far less certain than the mean of a set.
        </p>
      </div>
      <Definitions terms={[reference ? sslMem(report) : ALIGNMENT]} />
      {image.layers.length > 0 && (
        <DataTable
          caption={`${reference ? 'SSLMem' : 'Minus the alignment'} of this image by layer, with its rank among ${n} ${set}`}
          columns={[{ title: 'Layer' }, { title: 'Score', number: true }, { title: 'Rank', number: true }]}
          rows={image.layers.map(({ node, score, rank }) => ({
            key: node,
            cells: [<Name key="node" text={node} />, signed(score), rank],
          }))}
        />
      )}
      {units.length === 0 ? (
        <p>No unit {details.complete ? '' : 'that this report lists '}has its highest mean for this image.</p>
      ) : (
        <DataTable
          caption={`Units whose highest mean is this image's${image.units.length > SHOWN ? `: the first ${SHOWN} of ${image.units.length}` : ''}`}
          columns={[{ title: 'Unit' }, { title: 'UnitMem', number: true }, { title: 'Mean', number: true }]}
          rows={units.map(({ node, unit, unitmem, mean }) => ({
            key: `${node} ${unit}`,
            cells: [
              <button key="unit" type="button" class="link" onClick={() => go({ is: 'unit', node, unit })}>
                unit {unit} of <Name text={node} max={26} />
              </button>,
              number(unitmem),
              number(mean),
            ],
          }))}
        />
      )}
    </>
  );
}
