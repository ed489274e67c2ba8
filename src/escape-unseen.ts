/** What a terminal or a page obeys, or does not show: controls, marks of the writing direction, line ends, half pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Others' text for a message, with each such character as its escape: ESC as `\u{1b}`. */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
