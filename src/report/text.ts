/** A name shown in a line takes at most this. */
export const NAME_LENGTH = 48;

/** What shows nothing, or changes how the text around it is shown: controls, format characters, line ends, half pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Others' text with every character to be seen: a right-to-left override as '[U+202E]'. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (character) => {
    const code = character.codePointAt(0)!;
    return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

/** At most `max` code points: what is left out lies in the middle, as a path's end tells more than its folders. */
export function shorten(text: string, max: number = NAME_LENGTH): string {
  const points = [...text];
  if (points.length <= max) return text;
  const tail = Math.floor((max - 1) / 2);
  return `${points.slice(0, max - 1 - tail).join('')}…${points.slice(points.length - tail).join('')}`;
}

/** The last component of a path or address: 'data.bin#7' of '/tmp/data.bin#7'; the whole where it ends in a slash. */
export function lastComponent(path: string): string {
  return path.slice(path.search(/[^/\\]*$/)) || path;
}

/** As many of a path's last components as fit; the last one alone is shortened where it must be. */
export function pathEnd(path: string, max: number): string {
  for (let end = path; ; ) {
    if ([...end].length <= max) return end;
    const slash = end.search(/[/\\](?=.)/s);
    if (slash < 0) return shorten(end, max);
    end = end.slice(slash + 1);
  }
}

/** Parts of a name without blanks that a line may break between: after a separator, before a capital. */
export function breakable(text: string): string[] {
  if (/\s/.test(text)) return [text];
  return text.split(/(?<=[._/\\:@#-])(?![._/\\:@#-])|(?<=[a-z\d])(?=[A-Z])/);
}

/** For element content and double-quoted attributes of HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
