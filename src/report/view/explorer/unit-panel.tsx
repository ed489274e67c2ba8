import type { Report } from '../../../analysis/result.js';
import type { Details, ListedImage, UnitImage } from '../../details.js';
import { number, trueMinus } from '../../format.js';
import { UNITMEM_NULL } from '../../glossary.js';
import { FileName, Name } from '../name.js';
import { LoadedPicture } from './loaded-picture.js';
import type { Place } from './place.js';
import { useLoaded } from './use-loaded.js';

/** Of the images of a unit, this many are shown. */
const SHOWN = 12;

interface UnitPanelProps {
  readonly report: Report;
  readonly details: Details;
  readonly node: string;
  readonly unit: number;
  readonly go: (place: Place) => void;
}

/** One unit, and the images that it answers to most. */
export function UnitPanel({ report, details, node, unit, go }: UnitPanelProps) {
  const loaded = useLoaded(
    async () => ({
      facts: (await details.units(node)).find((other) => other.unit === unit),
      shown: await details.unitImages(node, unit, SHOWN),
      images: new Map((await details.images()).map((image) => [image.position, image])),
    }),
    [node, unit],
  );
  return (
    <>
      <h3>
        Unit {unit} of <Name text={node} />
      </h3>
      {loaded === undefined && <p role="status">Reading its images</p>}
      {loaded?.facts && (
        <>
          <p>
            UnitMem {number(loaded.facts.unitmem)}: its highest mean is {number(loaded.facts.mean)}, for the first image
            below; the next one's is lower by {trueMinus((100 * loaded.facts.margin).toFixed(1))}&nbsp;%.{' '}
            {loaded.facts.mixedSign && 'On some image its mean lies below 0, so its UnitMem says little. '}
            {UNITMEM_NULL}
          </p>
          <h4>The images with its highest means</h4>
          <ol class="gallery">
            {loaded.shown.map((image) => (
              <Held
                key={image.position}
                image={image}
                facts={loaded.images.get(image.position)}
                details={details}
                go={go}
              />
            ))}
          </ol>
          {!details.complete && (
            <p class="note">
              A report holds the first two images of a unit{report.images.length === 0 ? '' : ', and pictures of some'}.
            </p>
          )}
        </>
      )}
    </>
  );
}

interface HeldProps {
  readonly image: UnitImage;
  readonly facts: ListedImage | undefined;
  readonly details: Details;
  readonly go: (place: Place) => void;
}

function Held({ image: { position, mean }, facts, details, go }: HeldProps) {
  const name = facts?.name ?? `position ${position}`;
  return (
    <li>
      <LoadedPicture details={details} position={position} name={name} />
      <span class="value">{number(mean)}</span>
      {facts?.label != null && <Name text={facts.label} max={20} />}
      {facts === undefined ? (
        <span class="file">{name}</span>
      ) : (
        <button type="button" class="link" onClick={() => go({ is: 'image', position })}>
          <FileName path={name} max={30} />
        </button>
      )}
    </li>
  );
}
