import { presentSets } from '../../../analysis/headline.js';
import type { LayerResult } from '../../../analysis/result.js';
import type { ImageAtLayer, ImageDetail } from '../../details.js';
import { number, signed } from '../../format.js';
import { ALIGNMENT, higherSays, MARGIN, sslMem, UNIT_MEAN, UNITMEM } from '../../glossary.js';
import { DataTable } from '../data-table.js';
import { Definitions } from '../definitions.js';
import { FileName, Name } from '../name.js';
import { percent } from '../values.js';
import { LoadedPicture } from './loaded-picture.js';
import type { Explored, Go } from './place.js';
import { useLoaded } from './use-loaded.js';

/** Of the units of an image, this many are shown. */
const SHOWN = 25;

/** One image: its score at every layer, and the units that answer to it most. */
export function ImagePanel({ position, ...explored }: Explored & { position: number }) {
  const { report, details, go } = explored;
  const image = useLoaded(() => details.image(position), [details, position]);
  const [set] = presentSets(report.sets);
  const n = set ? report.sets[set]!.n : 0;
  const reference = report.encoders.g !== undefined;
  const measure = reference ? 'SSLMem' : 'Minus the alignment';
  if (image === undefined) return <p role="status">Reading the image</p>;
  if (image === null) return <p role="status">Of this image nothing is known here.</p>;
  return (
    <>
      <h3>
        <FileName path={image.name} />
      </h3>
      <div class="one-image">
        <LoadedPicture details={details} position={position} name={image.name} />
        <div>
          {image.label !== null && (
            <p>
              Label <Name text={image.label} max={40} />
            </p>
          )}
          <p>
            {measure} at the last layer is {signed(image.score)}: rank {image.rank} of {n} {set}; {higherSays(report)}.
            A single image is far less certain than the mean of a set.
          </p>
        </div>
      </div>
      <Definitions terms={[reference ? sslMem(report) : ALIGNMENT]} />
      {image.layers.length === 0 ? (
        <p class="note">
          A report holds this at the last layer alone; images.csv and scores.safetensors of the same run hold it at
          every layer.
        </p>
      ) : (
        <DataTable
          caption={`${measure} of this image by layer, with its rank among ${n} ${set}`}
          columns={[{ title: 'Layer' }, { title: 'Score', number: true }, { title: 'Rank', number: true }]}
          rows={image.layers.map((at, l) => ({ key: at.node, cells: layerCells(at, report.layers[l], go) }))}
        />
      )}
      <HeldBy image={image} complete={details.complete} go={go} />
    </>
  );
}

/** A layer with units leads to them. */
function layerCells({ node, score, rank }: ImageAtLayer, layer: LayerResult | undefined, go: Go) {
  return [
    <>
      {layer && layer.units > 0 ? (
        <button type="button" class="link" onClick={() => go({ is: 'units', node })}>
          <Name text={node} />
        </button>
      ) : (
        <Name text={node} />
      )}
      {layer && layer.label !== node && (
        <span class="label">
          <Name text={layer.label} />
        </span>
      )}
    </>,
    signed(score),
    rank,
  ];
}

function HeldBy({ image: { units }, complete, go }: { image: ImageDetail; complete: boolean; go: Go }) {
  if (units.length === 0) {
    return <p>No unit {complete ? '' : 'that this report lists '}has its highest mean for this image.</p>;
  }
  return (
    <>
      <h4>Units whose highest mean is this image's</h4>
      <Definitions terms={[UNITMEM, UNIT_MEAN, MARGIN]} />
      <DataTable
        caption={
          units.length > SHOWN
            ? `The ${SHOWN} with the highest UnitMem, of ${units.length}`
            : 'By their UnitMem, the highest first'
        }
        columns={[
          { title: 'Unit' },
          { title: 'UnitMem', number: true },
          { title: 'Mean', number: true },
          { title: 'Margin', number: true },
        ]}
        rows={units.slice(0, SHOWN).map(({ node, unit, unitmem, mean, margin }) => ({
          key: `${node} ${unit}`,
          cells: [
            <button key="unit" type="button" class="link" onClick={() => go({ is: 'unit', node, unit })}>
              unit {unit} of <Name text={node} max={26} />
            </button>,
            number(unitmem),
            number(mean),
            percent(margin),
          ],
        }))}
      />
    </>
  );
}
