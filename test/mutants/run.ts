import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { MemgpuError } from '../../src/errors.js';
import { cifar } from './cifar.js';
import type { Format, Random } from './format.js';
import { jpeg } from './jpeg.js';
import { options } from './options.js';
import { png } from './png.js';
import { pytorch } from './pytorch.js';
import { safetensors } from './safetensors.js';
import { selection } from './selection.js';
import { sharded } from './sharded.js';
import { tensorImages } from './tensor-images.js';
import { webp } from './webp.js';

export const FORMATS: readonly Format[] = [
  ...[safetensors, sharded, pytorch, cifar, tensorImages, selection, options, png, jpeg, webp],
];

/** Against hangs only: the slowest mutant that is known, a JPEG of 64 million pixels, takes a fifth of it on a busy core. */
const SECONDS_AT_MOST = 30;

/** What a stranger's file may be called. */
const NAME = `${'../'.repeat(20)}\u001b[2J\u202e<script>.bin`;

export interface Outcome {
  /** `loaded`, or the code of the refusal. */
  readonly result: string;
  readonly milliseconds: number;
}

/** The numbers behind mutant `index` of a run with this seed (xorshift32 after a Weyl step and a multiplicative hash). */
export function numbersOf(seed: number, index: number): Random {
  let state = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) || 1;
  state = Math.imul(state ^ (state >>> 15), 0xc2b2ae35) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * Makes and loads one mutant. It must load right or be refused with a typed error of a fitting code that names it; ask for
 * no more at once than the file has; make nothing larger than the format explains; end in time; and leave the source closed.
 *
 * @throws a plain Error that says which of these was broken
 */
export async function runMutant(format: Format, seed: number, index: number): Promise<Outcome> {
  const file = format.make(numbersOf(seed, index));
  const inner = bufferSource(file, NAME);
  let largestRead = 0;
  let isClosed = false;
  const source = {
    name: inner.name,
    size: inner.size,
    read(offset: number, length: number) {
      largestRead = Math.max(largestRead, length);
      return inner.read(offset, length);
    },
    async close() {
      isClosed = true;
    },
  };
  let largestMade = 0;
  const begin = performance.now();
  let result = 'loaded';
  try {
    await format.load(source, file, (bytes) => {
      largestMade = Math.max(largestMade, bytes);
    });
  } catch (error) {
    if (!(error instanceof MemgpuError)) throw error;
    if (!format.codes.includes(error.code)) throw new Error(`${error.code} does not fit`, { cause: error });
    if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(`${error.message}${error.hint ?? ''}`)) {
      throw new Error('a message holds control characters', { cause: error });
    }
    if (error.message.length > 4_000) throw new Error(`a message has ${error.message.length} characters`);
    result = error.code;
  }
  const milliseconds = performance.now() - begin;
  if (!isClosed) throw new Error(`the source was left open (${result})`);
  if (largestRead > file.byteLength) throw new Error(`${largestRead} bytes were asked for, of ${file.byteLength}`);
  if (largestMade > format.largest(file.byteLength)) throw new Error(`${largestMade} bytes of ${file.byteLength}`);
  if (milliseconds > 1000 * SECONDS_AT_MOST) throw new Error(`it took ${milliseconds.toFixed(0)} ms`);
  return { result, milliseconds };
}
