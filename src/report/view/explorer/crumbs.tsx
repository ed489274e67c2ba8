import { lastComponent, shorten, visible } from '../../text.js';
import type { KnownImages, Place } from './place.js';

interface CrumbsProps {
  /** At least one; the last is where one is. */
  readonly trail: readonly Place[];
  readonly images: KnownImages;
  /** To the place of that number in the trail. */
  readonly backTo: (place: number) => void;
}

/** The way here, and back. */
export function Crumbs({ trail, images, backTo }: CrumbsProps) {
  if (trail.length < 2) return null;
  return (
    <nav class="crumbs" aria-label="The way here">
      <button type="button" onClick={() => backTo(trail.length - 2)}>
        Back
      </button>
      <ol>
        {trail.map((place, p) => (
          <li key={p}>
            {p === trail.length - 1 ? (
              <span aria-current="location">{titleOf(place, images)}</span>
            ) : (
              <button type="button" class="link" onClick={() => backTo(p)}>
                {titleOf(place, images)}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function titleOf(place: Place, images: KnownImages): string {
  switch (place.is) {
    case 'units':
      return place.node === null ? 'Highest units' : `Layer ${shorten(visible(place.node), 26)}`;
    case 'unit':
      return `Unit ${place.unit}`;
    case 'images':
      return 'All images';
    case 'image': {
      const name = images.get(place.position)?.name;
      return name === undefined ? `Position ${place.position}` : shorten(lastComponent(visible(name)), 26);
    }
  }
}
