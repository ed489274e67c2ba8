import { openCheckpointFile } from '../../src/checkpoints/open-checkpoint.js';
import { MemgpuError } from '../../src/errors.js';
import { changed } from './change.js';
import { goldenBytes } from './corpus.js';
import { type Format, mustHold, pick } from './format.js';

const SAVED = goldenBytes('pytorch', /\.(?:pth|pt|ckpt|torch|tar)$/).filter((file) => file.length < 50_000);
const LEGACY = SAVED.filter((file) => file[0] === 0x80);
const ZIPS = SAVED.filter((file) => file[0] === 0x50);

/** Opcodes and pieces that a pickle or a zip is made of. */
const PIECES = ['(', 't', ')R', 'Q', 'b', '0', '2', '.', '}', ']', 'u', 's', 'e', 'h\0', 'q\0', 'N', 'K\xff'];
PIECES.push('M\xff\xff', 'J\xff\xff\xff\x7f', '\x8a\x08\0\0\0\0\0\0\0\x01', '\x8b\xff\xff\xff\x7f', '\x81', '\x93');
PIECES.push(
  'X\xff\xff\xff\x7f',
  'cos\nsystem\n',
  'ctorch._utils\n_rebuild_tensor_v2\n',
  '(((((((((',
  '\x94'.repeat(50),
);
PIECES.push('c\x1b[2J\n\xe2\x80\xae\n)R', 'X\x09\0\0\0__proto__', '2t'.repeat(100));

export const pytorch: Format = {
  name: 'pytorch',
  codes: ['BAD_PYTORCH', 'BAD_SAFETENSORS'],
  make: (next) => changed(pick(next() % 2 === 0 ? LEGACY : ZIPS, next), next, PIECES),
  async load(source, file, made) {
    const checkpoint = await openCheckpointFile(source);
    let refusal: unknown;
    for (const [name, { shape }] of checkpoint.tensors) {
      try {
        const values = await checkpoint.readF32(name);
        const elements = shape.reduce((product, size) => product * size, 1);
        mustHold(values.length === elements, `${values.length} values of ${elements}`);
        mustHold(elements <= file.length, 'more values than bytes');
        made(values.byteLength);
      } catch (error) {
        // One tensor that is refused leaves the others readable.
        if (!(error instanceof MemgpuError)) throw error;
        refusal ??= error;
      }
    }
    await checkpoint.close();
    if (refusal) throw refusal;
  },
  // A byte becomes one float.
  largest: (fileBytes) => 4 * fileBytes,
};
