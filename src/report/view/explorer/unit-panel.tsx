import type { Report, UnitFacts } from '../../../analysis/result.js';
import type { UnitImage } from '../../details.js';
import { number } from '../../format.js';
import { MARGIN, UNIT_MEAN, UNITMEM, UNITMEM_NULL } from '../../glossary.js';
import { Definitions } from '../definitions.js';
import { Name } from '../name.js';
import { percent } from '../values.js';
import { ImageLink } from './image-link.js';
import { LoadedPicture } from './loaded-picture.js';
import type { Explored } from './place.js';
import { useLoaded } from './use-loaded.js';

/** Of the images of a unit, this many are shown. */
const SHOWN = 12;

/** One unit, and the images that it answers to most. */
export function UnitPanel({ node, unit, ...explored }: Explored & { node: string; unit: number }) {
  const { report, details } = explored;
  const loaded = useLoaded(async () => {
    const facts = (await details.units(node)).find((other) => other.unit === unit);
    return { facts, shown: await details.unitImages(node, unit, SHOWN) };
  }, [details, node, unit]);
  return (
    <>
      <h3>
        Unit {unit} of <Name text={node} />
      </h3>
      {loaded === undefined && <p role="status">Reading its images</p>}
      {loaded && loaded.facts === undefined && <p role="status">Of this unit nothing is known here.</p>}
      {loaded?.facts && (
        <>
          <p>
            {inWords(report, loaded.facts)} {UNITMEM_NULL}
          </p>
          <Definitions terms={[UNITMEM, UNIT_MEAN, MARGIN]} />
          <h4>The images with its highest means</h4>
          <ol class="gallery">
            {loaded.shown.map((image) => (
              <Held key={image.position} shown={image} {...explored} />
            ))}
          </ol>
          {!details.complete && <p class="note">A report holds the first two images of a unit.</p>}
        </>
      )}
    </>
  );
}

/** What the unit's numbers say. */
function inWords(report: Report, { unitmem, mean, runnerUpMean, margin, mixedSign }: UnitFacts): string {
  if (mean === 0 && runnerUpMean === 0) return 'Its highest mean is 0: it answers to none of these images.';
  const rest = (mean * (1 - unitmem)) / (1 + unitmem);
  const others = `the ${report.settings.unitRest === 'median' ? 'median' : 'mean'} of all others`;
  const made = Number.isFinite(rest)
    ? `, against ${number(rest)}, ${others}: that makes a UnitMem of ${number(unitmem)}`
    : `; its UnitMem is ${number(unitmem)}`;
  return [
    `Its mean for the first image below is ${number(mean)}${made}.`,
    `The next image's mean is ${number(runnerUpMean)}: a margin of ${percent(margin)}.`,
    ...(mixedSign ? ['On some image its mean lies below 0, so its UnitMem says little.'] : []),
  ].join(' ');
}

function Held({ shown, details, images, go }: Omit<Explored, 'tables'> & { shown: UnitImage }) {
  const { position, mean } = shown;
  const image = images.get(position);
  return (
    <li>
      <LoadedPicture details={details} position={position} name={image?.name ?? `position ${position}`} />
      <span class="value">{number(mean)}</span>
      {image?.label != null && <Name text={image.label} max={20} />}
      <ImageLink position={position} image={image} go={go} max={30} />
    </li>
  );
}
