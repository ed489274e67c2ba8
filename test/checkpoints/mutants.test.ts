import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { MemgpuError } from '../../src/errors.js';
import { counted, golden, goldenFiles, seeded } from './files.js';

const good = goldenFiles.filter(({ load }) => load).map(({ file }) => golden(file));
const tokens = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '-',
  '0',
  '9',
  '\\',
  'F32',
  'F16',
  '"shape"',
  '__metadata__',
  ' ',
  '\0',
];

/** One change, or in a quarter of the cases up to four: a flipped bit, a replaced byte, two swapped ranges, a cut, or text put into the header. */
function mutate(file: Uint8Array, next: () => number): Uint8Array {
  let bytes = file.slice();
  for (let changes = 1 + (next() % 4 === 0 ? next() % 4 : 0); changes > 0 && bytes.byteLength > 0; changes--) {
    const at = next() % bytes.byteLength;
    switch (next() % 6) {
      case 0:
        bytes[at]! ^= 1 << (next() % 8);
        break;
      case 1:
        bytes[at] = next();
        break;
      case 2: {
        const to = next() % bytes.byteLength;
        const length = Math.min(1 + (next() % 8), bytes.byteLength - Math.max(at, to));
        const moved = bytes.slice(at, at + length);
        bytes.copyWithin(at, to, to + length);
        bytes.set(moved, to);
        break;
      }
      case 3:
        bytes = bytes.slice(0, at);
        break;
      default: {
        // The length field follows, so that the change reaches the rules behind it.
        const length = Number(new DataView(bytes.buffer).getUint8(0)) + 256 * (bytes[1] ?? 0);
        if (bytes.byteLength < 9 || length === 0) break;
        const where = 8 + (next() % length);
        const text = new TextEncoder().encode(tokens[next() % tokens.length]);
        const cut = next() % 3;
        bytes = Uint8Array.of(...bytes.slice(0, where), ...text, ...bytes.slice(where + cut));
        new DataView(bytes.buffer).setUint16(0, length + text.byteLength - cut, true);
      }
    }
  }
  return bytes;
}

describe('10,000 damaged files', () => {
  it('each is refused with a typed error, or opens and is consistent', async () => {
    const next = seeded(20261124);
    let opened = 0;
    let refused = 0;
    for (let i = 0; i < 10_000; i++) {
      const file = mutate(good[i % good.length]!, next);
      const source = counted(bufferSource(file, `mutant ${i}`));
      try {
        const checkpoint = await openSafetensors(source);
        let covered = 0;
        for (const [name, tensor] of checkpoint.tensors) {
          const elements = tensor.shape.reduce((product, size) => product * size, 1);
          const bytes = await checkpoint.readBytes(name);
          expect(bytes).toEqual(file.slice(tensor.begin, tensor.end));
          covered += bytes.byteLength;
          if (!/^(F4|F6|F8|C64)/.test(tensor.dtype)) expect(await checkpoint.readF32(name)).toHaveLength(elements);
        }
        const header = Number(new DataView(file.buffer).getBigUint64(0, true));
        expect(8 + header + covered).toBe(file.byteLength);
        opened++;
      } catch (error) {
        if (!(error instanceof MemgpuError)) throw error;
        expect(error.code).toBe('BAD_SAFETENSORS');
        expect(error.message).toContain(`mutant ${i}: `);
        expect(source.closed).toBe(1);
        refused++;
      }
      expect(source.largest).toBeLessThanOrEqual(file.byteLength);
    }
    // Both outcomes must be exercised for the test to mean something.
    expect(opened).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(2_000);
  });
});
