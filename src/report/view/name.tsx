import { Fragment } from 'preact';
import { breakable, lastComponent, NAME_LENGTH, shorten, visible } from '../text.js';

/** Others' text (a file, tensor, image, label): isolated from the text around it, shortened, in full in its title. */
export function Name({ text, max = NAME_LENGTH }: { text: string; max?: number }) {
  const full = visible(text);
  return <Shown full={full} short={shorten(full, max)} />;
}

/** The last component of a path, which tells more than its folders; in full in its title. */
export function FileName({ path, max = NAME_LENGTH }: { path: string; max?: number }) {
  const full = visible(path);
  return <Shown full={full} short={shorten(lastComponent(full), max)} />;
}

function Shown({ full, short }: { full: string; short: string }) {
  return (
    <bdi class="name" {...(short === full ? {} : { title: full })}>
      {breakable(short).map((part, p) => (
        <Fragment key={p}>
          {p > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  );
}
