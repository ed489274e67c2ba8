import type { Details } from '../../details.js';
import { Picture } from '../picture.js';
import { useLoaded } from './use-loaded.js';

/** The picture of an image, once it is here. */
export function LoadedPicture({ details, position, name }: { details: Details; position: number; name: string }) {
  const source = useLoaded(() => details.picture(position).catch(() => null), [details, position]);
  return source === undefined ? <span class="picture" /> : <Picture source={source} name={name} />;
}
