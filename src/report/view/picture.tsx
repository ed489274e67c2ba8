import { lastComponent, shorten, visible } from '../text.js';

/** An image, or an empty frame where the report carries no picture of it. */
export function Picture({ source, name }: { source: string | null; name: string }) {
  return source?.startsWith('data:image/png;base64,') ? (
    <img class="picture" part="picture" src={source} alt={shorten(lastComponent(visible(name)))} />
  ) : (
    <span class="picture missing">no picture</span>
  );
}
