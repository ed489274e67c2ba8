import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { presentSets } from '../../../analysis/headline.js';
import type { Report } from '../../../analysis/result.js';
import type { Details } from '../../details.js';
import { ImageList } from './image-list.js';
import { ImagePanel } from './image-panel.js';
import { LayerPanel } from './layer-panel.js';
import type { Place } from './place.js';
import { UnitPanel } from './unit-panel.js';

/** From a layer to its units and the images that they hold; from an image to its layers and units. */
export function ExplorerSection({ report, details }: { report: Report; details: Details }) {
  const start = startOf(report);
  const [trail, setTrail] = useState<readonly Place[]>(start ? [start] : []);
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = useRef(false);
  const go = useCallback((place: Place) => {
    moved.current = true;
    setTrail((before) => [...before, place]);
  }, []);
  const begin = (place: Place) => {
    moved.current = true;
    setTrail([place]);
  };
  const back = () => {
    moved.current = true;
    setTrail((before) => before.slice(0, -1));
  };
  const place = trail.at(-1);
  // What is new stands under the heading: a reader by keyboard or ear is led there, but not on loading the page.
  useEffect(() => {
    if (moved.current && place?.is !== 'layer' && place?.is !== 'images') heading.current?.focus();
  }, [trail]);
  if (!place) return null;
  const [first] = presentSets(report.sets);
  const byImage = place.is === 'images' || place.is === 'image';
  return (
    <section class="explorer">
      <h2 tabIndex={-1} ref={heading}>
        Single units and images
      </h2>
      <p>
        {details.complete
          ? `All units and images of ${first}.`
          : `This report lists the ${report.units.length} units with the highest UnitMem and ${report.images.length} images of ${first}; the page of memgpu serve shows all of them right after a run, and scores.safetensors holds them.`}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would frame what is no form */}
      <div class="choice" role="group" aria-label="Begin with">
        <button type="button" aria-pressed={!byImage} onClick={() => start && begin(start)}>
          Layers and units
        </button>{' '}
        <button type="button" aria-pressed={byImage} onClick={() => begin({ is: 'images' })}>
          Images
        </button>{' '}
        {trail.length > 1 && (
          <button type="button" onClick={back}>
            Back
          </button>
        )}
      </div>
      {place.is === 'layer' && <LayerPanel report={report} details={details} node={place.node} begin={begin} go={go} />}
      {place.is === 'unit' && (
        <UnitPanel report={report} details={details} node={place.node} unit={place.unit} go={go} />
      )}
      {place.is === 'images' && <ImageList report={report} details={details} go={go} />}
      {place.is === 'image' && <ImagePanel report={report} details={details} position={place.position} go={go} />}
    </section>
  );
}

/** The layer of the unit with the highest UnitMem; else the last one with units, else the images. */
function startOf({ units, layers, images }: Report): Place | null {
  const node = units[0]?.node ?? layers.findLast((layer) => layer.units > 0)?.node;
  if (node !== undefined) return { is: 'layer', node };
  return images.length > 0 ? { is: 'images' } : null;
}
