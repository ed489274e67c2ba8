import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openCheckpointFile } from '../../src/checkpoints/open-checkpoint.js';
import { MemgpuError } from '../../src/errors.js';
import { counted, seeded } from './files.js';
import { saved, savedFiles } from './pytorch-files.js';

/** Opcodes and pieces that a pickle or a zip is made of. */
const PIECES = [
  '(',
  't',
  ')R',
  'Q',
  'b',
  '0',
  '2',
  '.',
  '}',
  ']',
  'u',
  's',
  'e',
  'h\0',
  'q\0',
  'N',
  'K\xff',
  'M\xff\xff',
];
PIECES.push(
  'J\xff\xff\xff\x7f',
  '\x8a\x08\0\0\0\0\0\0\0\x01',
  '\x8b\xff\xff\xff\x7f',
  'X\xff\xff\xff\x7f',
  '\x81',
  '\x93',
);
PIECES.push(
  'cos\nsystem\n',
  'ctorch._utils\n_rebuild_tensor_v2\n',
  'PK\x01\x02',
  'PK\x05\x06',
  '\xff\xff\xff\xff',
  '\0\0\0\0',
);

/** One change, or in a quarter of the cases up to four: a flipped bit, a replaced byte, two swapped ranges, a cut, or a piece over or between what is there. */
function mutate(file: Uint8Array, next: () => number): Uint8Array {
  let bytes = file.slice();
  for (let changes = 1 + (next() % 4 === 0 ? next() % 4 : 0); changes > 0 && bytes.byteLength > 16; changes--) {
    const at = next() % bytes.byteLength;
    switch (next() % 8) {
      case 0:
      case 1:
        bytes[at]! ^= 1 << (next() % 8);
        break;
      case 2:
      case 3:
        bytes[at] = next();
        break;
      case 4: {
        const to = next() % bytes.byteLength;
        const length = Math.min(1 + (next() % 8), bytes.byteLength - Math.max(at, to));
        const moved = bytes.slice(at, at + length);
        bytes.copyWithin(at, to, to + length);
        bytes.set(moved, to);
        break;
      }
      case 5:
        if (next() % 4 === 0) bytes = bytes.slice(0, at);
        break;
      case 6:
        bytes.set(pieceOf(next).subarray(0, bytes.byteLength - at), at);
        break;
      default: {
        const piece = pieceOf(next);
        const grown = new Uint8Array(bytes.byteLength + piece.byteLength);
        grown.set(bytes.subarray(0, at));
        grown.set(piece, at);
        grown.set(bytes.subarray(at), at + piece.byteLength);
        bytes = grown;
      }
    }
  }
  return bytes;
}

const pieceOf = (next: () => number) => Uint8Array.from(PIECES[next() % PIECES.length]!, (c) => c.charCodeAt(0));

function checkRefusal(error: unknown, name: string): void {
  const typed = error instanceof MemgpuError && /^BAD_(PYTORCH|SAFETENSORS)$/.test(error.code);
  if (!typed || !error.message.includes(`${name}: `)) throw error;
}

const containers = {
  zip: savedFiles.filter((name) => saved(name)[0] === 0x50),
  legacy: savedFiles.filter((name) => saved(name)[0] === 0x80),
};

describe.each(['zip', 'legacy'] as const)('10,000 damaged files of the %s container', (container) => {
  it('each is refused with a typed error, or opens and every tensor is read or refused; nothing larger than the file is read', async () => {
    const next = seeded(20261124);
    const good = containers[container].map(saved);
    let opened = 0;
    let refused = 0;
    for (let i = 0; i < 10_000; i++) {
      const file = mutate(good[i % good.length]!, next);
      const source = counted(bufferSource(file, `mutant ${i}`));
      try {
        const checkpoint = await openCheckpointFile(source);
        for (const [name, { shape }] of checkpoint.tensors) {
          const values = await checkpoint.readF32(name).catch((error) => checkRefusal(error, source.name));
          const elements = shape.reduce((product, size) => product * size, 1);
          // A byte of the file can become one float at most.
          if (values && (values.length !== elements || elements > file.byteLength)) throw new Error(`${i}: ${name}`);
        }
        opened++;
      } catch (error) {
        checkRefusal(error, source.name);
        if (source.closed !== 1) throw new Error(`mutant ${i} was left open`);
        refused++;
      }
      if (source.largest > file.byteLength) throw new Error(`mutant ${i} made the reader ask for too much`);
    }
    // Both outcomes must be exercised for the test to mean something.
    expect(opened).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(2_000);
  });
});
