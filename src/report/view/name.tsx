import { NAME_LENGTH, shorten, visible } from '../text.js';

/** Others' text (a file, tensor, image, label): isolated from the text around it, shortened, in full in its title. */
export function Name({ text, max = NAME_LENGTH }: { text: string; max?: number }) {
  const full = visible(text);
  const short = shorten(full, max);
  return (
    <bdi class="name" {...(short === full ? {} : { title: full })}>
      {short}
    </bdi>
  );
}
