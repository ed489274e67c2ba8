/** What a terminal or a page obeys, or does not show: controls, marks of the writing direction, line ends, half pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Others' text for a message, with each such character as its escape: ESC as `\u{1b}`. */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** At most `most` characters of others' text for a message, so escaped. */
export function excerpt(text: string, most: number): string {
  return escapeUnseen(text.length > most ? `${text.slice(0, most)}…` : text);
}
