import { MemgpuError } from '../errors.js';
import type { Note } from './family.js';

/** Width of a head in nearly all Vision Transformers. */
const USUAL = 64;

/** Published sizes with other heads, all of them 16: width and depth of so400m, H, g and G. */
const SIXTEEN: readonly (readonly [width: number, depth: number])[] = [
  [1152, 27],
  [1280, 32],
  [1408, 40],
  [1664, 48],
];

/**
 * Attention heads of a Vision Transformer, which no shape tells: the given number, or one that is assumed, with a note.
 *
 * @throws BAD_OPTION where the number does not divide the width into heads of a multiple of 4 values, or where none is
 * given and the width tells none
 */
export function headsOf(
  width: number,
  depth: number,
  given: number | undefined,
): { readonly heads: number; readonly notes: readonly Note[] } {
  if (given !== undefined) {
    if (!Number.isInteger(given) || given < 1 || width % given !== 0)
      throw new MemgpuError('BAD_OPTION', `${count(given)} do not divide the width ${width}`, {
        hint: `Give --heads a divisor of ${width}.`,
      });
    if ((width / given) % 4 !== 0)
      throw new MemgpuError(
        'BAD_OPTION',
        `${count(given)} would have ${width / given} values${each(given)}, which is no multiple of 4`,
        { hint: 'Check --heads: memgpu computes heads of 4, 8, 12 … values.' },
      );
    return { heads: given, notes: [] };
  }
  const known = SIXTEEN.some(([w, d]) => w === width && d === depth);
  if (!known && width % USUAL !== 0)
    throw new MemgpuError('BAD_OPTION', `the number of attention heads is not known: the width ${width} tells none`, {
      hint: 'Give it: --heads N (in the library: heads).',
    });
  const heads = known ? 16 : width / USUAL;
  return {
    heads,
    notes: [
      {
        code: 'HEADS_ASSUMED',
        value: heads,
        message: `${count(heads)} ${heads === 1 ? 'is' : 'are'} assumed (${width / heads} values${each(heads)}); the file does not tell: if it has another number, give --heads`,
      },
    ],
  };
}

function count(heads: number): string {
  return heads === 1 ? '1 attention head' : `${heads} attention heads`;
}

function each(heads: number): string {
  return heads === 1 ? '' : ' each';
}
