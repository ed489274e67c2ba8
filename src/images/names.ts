import { escapeUnseen } from '../escape-unseen.js';

/**
 * A name in quotes for messages. Names of files are foreign text: what a terminal or a page would obey (control
 * characters, line breaks, marks that turn the writing direction) becomes its escape.
 */
export function quoted(name: string): string {
  const shown = name.length > 300 ? `${name.slice(0, 150)}…${name.slice(-140)}` : name;
  return `'${escapeUnseen(shown)}'`;
}

/**
 * Order of the names' UTF-8 bytes, which is that of their code points. UTF-16 units alone order characters beyond
 * U+FFFF (surrogates, D800–DFFF) before E000–FFFF.
 */
export function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xBeyond = (x & 0xf800) === 0xd800;
    const yBeyond = (y & 0xf800) === 0xd800;
    if (xBeyond !== yBeyond) return xBeyond ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
