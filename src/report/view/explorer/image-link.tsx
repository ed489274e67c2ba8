import type { ListedImage } from '../../details.js';
import { FileName } from '../name.js';
import type { Go } from './place.js';

interface ImageLinkProps {
  readonly position: number;
  /** Undefined where nothing is known of it but its position. */
  readonly image: Pick<ListedImage, 'name'> | undefined;
  readonly go: Go;
  readonly max?: number;
}

/** An image's name, which leads to it. */
export function ImageLink({ position, image, go, max }: ImageLinkProps) {
  if (image === undefined) return <span class="file">position {position}</span>;
  return (
    <button type="button" class="link" onClick={() => go({ is: 'image', position })}>
      <FileName path={image.name} {...(max !== undefined && { max })} />
    </button>
  );
}
