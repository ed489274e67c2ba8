import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { presentSets } from '../../../analysis/headline.js';
import type { Report } from '../../../analysis/result.js';
import { counted } from '../../amounts.js';
import type { Details } from '../../details.js';
import { ImageSection } from '../image-section.js';
import { Crumbs } from './crumbs.js';
import { Guard } from './guard.js';
import { ImageList } from './image-list.js';
import { ImagePanel } from './image-panel.js';
import { useKnownImages } from './known-images.js';
import type { Explored, Go, Place } from './place.js';
import type { TableState } from './sortable-table.js';
import { UnitList } from './unit-list.js';
import { UnitPanel } from './unit-panel.js';

/** The ends of the ranking of images; and from units to the images that they hold, from an image to its layers and units. */
export function ExplorerSection({ report, details }: { report: Report; details: Details }) {
  const start = useMemo(() => startOf(report), [report]);
  const [trail, setTrail] = useState<readonly Place[]>(start ? [start] : []);
  const images = useKnownImages(details);
  const tables = useRef(new Map<string, TableState>());
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = useRef(false);
  const go = useCallback((place: Place) => {
    moved.current = true;
    setTrail((before) => [...before, place]);
  }, []);
  const begin = useCallback((place: Place) => setTrail([place]), []);
  const backTo = (place: number) => {
    moved.current = true;
    setTrail(trail.slice(0, place + 1));
  };
  // What is new stands under the heading: a reader by keyboard or ear is led there, but not on loading the page.
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView();
  }, [trail]);
  const place = trail.at(-1);
  if (!start || !place) return null;
  const byImage = trail[0]!.is === 'images';
  return (
    <>
      <ImageSection report={report} go={go} />
      <section class="explorer">
        <h2 tabIndex={-1} ref={heading}>
          Single units, and the images that they answer to most
        </h2>
        <p>{whatIsKnown(report, details)}</p>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would frame what is no form */}
        <div class="choice" role="group" aria-label="Begin with">
          <button type="button" aria-pressed={!byImage} onClick={() => begin(start)}>
            Layers and units
          </button>{' '}
          <button type="button" aria-pressed={byImage} onClick={() => begin({ is: 'images' })}>
            Images
          </button>
        </div>
        {images === undefined ? (
          <p role="status">Reading the images</p>
        ) : (
          <>
            <Crumbs trail={trail} images={images} backTo={backTo} />
            <Guard key={JSON.stringify(trail)}>
              <Panel {...{ report, details, images, place, go, tables: tables.current }} begin={begin} />
            </Guard>
          </>
        )}
      </section>
    </>
  );
}

interface PanelProps extends Explored {
  readonly place: Place;
  /** To a place that nothing leads back from. */
  readonly begin: Go;
}

function Panel({ place, begin, ...explored }: PanelProps) {
  switch (place.is) {
    case 'units':
      return <UnitList {...explored} node={place.node} begin={begin} />;
    case 'unit':
      return <UnitPanel {...explored} node={place.node} unit={place.unit} />;
    case 'images':
      return <ImageList {...explored} />;
    case 'image':
      return <ImagePanel {...explored} position={place.position} />;
  }
}

function whatIsKnown({ units, images, sets }: Report, { complete }: Details): string {
  const [first] = presentSets(sets);
  return complete
    ? `All units and images of ${first} are here.`
    : `This report lists the ${counted(units.length, 'unit')} with the highest UnitMem and ${counted(images.length, 'image')} of ${first}. scores.safetensors of the same run holds all of them, and the page of memgpu serve shows them right after a run.`;
}

/** The highest units; where there are none, images. */
function startOf({ units, layers, images }: Report): Place | null {
  if (units.length > 0 || layers.some((layer) => layer.units > 0)) return { is: 'units', node: null };
  return images.length > 0 ? { is: 'images' } : null;
}
