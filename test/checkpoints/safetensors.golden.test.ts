import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { counted, failure, golden, goldenFiles, open } from './files.js';

/** What the message of each bad file must say: one rule each, and the tensor where there is one. */
const REASONS: Record<string, RegExp> = {
  'bad-short': /3 bytes are too few/,
  'bad-length-beyond': /the header \(1000000 bytes\) ends beyond the file \(96 bytes\)/,
  'bad-length-huge': /a header of 9223372036854775808 bytes is above the limit/,
  'bad-length-over-cap': /a header of 100000001 bytes is above the limit/,
  'bad-not-json': /tensor "a": expected an object/,
  'bad-not-object': /does not start with "\{"/,
  'bad-not-brace': /does not start with "\{"/,
  'bad-utf8': /not UTF-8/,
  'bad-dtype': /tensor "a": the dtype "F31" is unknown/,
  'bad-size': /tensor "a": F32 \[5\] has 20 bytes, and data_offsets give 24/,
  'bad-overlap': /tensor "b" overlaps tensor "a"/,
  'bad-hole': /tensor "b": 8 bytes between it and "a" belong to no tensor/,
  'bad-hole-start': /tensor "a": 8 bytes before it belong to no tensor/,
  'bad-trailing': /4 bytes after the last tensor/,
  'bad-truncated': /tensor "a": it ends 4 bytes beyond the file/,
  'bad-reversed': /tensor "a": it ends \(at 0\) before it begins \(at 24\)/,
  'bad-negative': /tensor "a": "data_offsets" has a negative number/,
  'bad-float-offset': /tensor "a": "data_offsets" has a number with a fraction/,
  'bad-negative-dim': /tensor "a": "shape" has a negative number/,
  'bad-overflow': /tensor "a": the size of F32 \[1099511627776, 1099511627776\] is above/,
  'bad-unsafe-int': /tensor "a": "data_offsets" has a number above 2\^53 - 1/,
  'bad-missing-key': /tensor "a": "data_offsets" are missing/,
  'bad-extra-type': /tensor "a": expected an array as "shape"/,
  'bad-duplicate': /tensor "a": the name comes twice/,
  'bad-metadata-number': /__metadata__: expected a string/,
  'bad-deep': /tensor "a": expected an object/,
};

describe('the golden safetensors files', () => {
  for (const { file, load, why, values } of goldenFiles) {
    if (load) {
      it(`${file} opens: ${why}`, async () => {
        const checkpoint = await open(golden(file), file);
        expect(checkpoint.bytes).toBe(golden(file).byteLength);
        for (const [name, expected] of Object.entries(values ?? {})) {
          const read = await checkpoint.readF32(name);
          expect([...read].map((value) => Object.is(value, -0))).toEqual(expected.map((value) => Object.is(value, -0)));
          expect([...read]).toEqual(expected.map(Math.fround));
        }
      });
    } else {
      it(`${file} is refused: ${why}`, async () => {
        const source = counted(bufferSource(golden(file), file));
        const error = await failure(openSafetensors(source), 'BAD_SAFETENSORS');
        expect(error.message).toMatch(REASONS[file.replace('.safetensors', '')]!);
        expect(error.message).toContain(file);
        expect(source.largest).toBeLessThanOrEqual(source.size);
        expect(source.closed).toBe(1);
      });
    }
  }

  it('every bad file has a reason of its own', () => {
    const bad = goldenFiles.filter(({ load }) => !load).map(({ file }) => file.replace('.safetensors', ''));
    expect(Object.keys(REASONS).sort()).toEqual(bad.sort());
  });

  it('metadata, shapes and awkward names come through', async () => {
    expect(await open(golden('metadata.safetensors')).then((c) => [...c.metadata])).toEqual([
      ['format', 'pt'],
      ['note', 'naïve ☃'],
    ]);
    const names = await open(golden('names.safetensors'));
    expect([...names.tensors.keys()]).toEqual(['a.b.c', 'é/漢', '__proto__', 'constructor']);
    expect(await names.readF32('__proto__')).toEqual(Float32Array.of(3, 4));
    const zero = await open(golden('zero-size.safetensors'));
    expect(zero.tensors.get('e')?.shape).toEqual([0, 4]);
    expect(await zero.readF32('e')).toHaveLength(0);
    expect((await open(golden('ints.safetensors'))).tensors.get('i64')?.shape).toEqual([]);
    expect((await open(golden('empty.safetensors'))).tensors.size).toBe(0);
  });

  it('an F8 tensor is refused when it is read as float32, and its bytes can be had', async () => {
    const checkpoint = await open(golden('unknown-dtype-f8.safetensors'));
    const error = await failure(checkpoint.readF32('a'), 'BAD_SAFETENSORS');
    expect(error.message).toMatch(/tensor "a" has the dtype F8_E4M3/);
    expect(await checkpoint.readBytes('a')).toHaveLength(4);
  });
});
