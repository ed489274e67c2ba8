import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dtype } from '../../src/checkpoints/dtypes.js';
import { layOutSafetensors, type TensorData, writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import { failure, open } from './files.js';

const SIZES: [Dtype, number][] = [
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E4M3', 1],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['I32', 4],
  ['F32', 4],
  ['F64', 8],
  ['I64', 8],
  ['U64', 8],
];

/** Raw bytes of any bit pattern, NaN included. */
const tensor = fc
  .tuple(
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__'),
    fc.constantFrom(...SIZES),
    fc.array(fc.nat(4), { maxLength: 3 }),
    fc.nat(),
  )
  .map(([name, [dtype, size], shape, fill]): TensorData => {
    const data = new Uint8Array(shape.reduce((product, axis) => product * axis, size));
    for (let i = 0; i < data.length; i++) data[i] = (fill + i * 167) >> 3;
    return { name, dtype, shape, data };
  });
const tensors = fc.uniqueArray(tensor, { maxLength: 8, selector: ({ name }) => name });
const metadata = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), { maxKeys: 4 });

describe('the safetensors writer', () => {
  it('writes what the reader gives back bit for bit, aligned', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (list, texts) => {
        const file = writeSafetensors(list, texts);
        const checkpoint = await open(file);
        expect(new Map(checkpoint.metadata)).toEqual(new Map(Object.entries(texts)));
        expect(checkpoint.tensors.size).toBe(list.length);
        for (const { name, dtype, shape, data } of list) {
          const read = checkpoint.tensors.get(name)!;
          expect({ dtype: read.dtype, shape: read.shape }).toEqual({ dtype, shape });
          expect(await checkpoint.readBytes(name)).toEqual(data);
          expect(read.begin % SIZES.find(([type]) => type === dtype)![1]).toBe(0);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('does not depend on the order of its tensors', () => {
    fc.assert(
      fc.property(tensors, (list) => {
        expect(writeSafetensors([...list].reverse())).toEqual(writeSafetensors(list));
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it('a file is its layout with the rows put at their positions', async () => {
    const rows = Float32Array.from({ length: 12 }, (_, i) => i / 3);
    const labels = Int32Array.of(4, -5, 6);
    const specs = [
      { name: 'labels', dtype: 'I32', shape: [3] },
      { name: 'rows', dtype: 'F32', shape: [3, 4] },
    ] as const;
    const layout = layOutSafetensors(specs, { from: 'a test' });
    const file = new Uint8Array(layout.bytes);
    file.set(layout.header);
    const place = layout.tensors.get('rows')!;
    expect(place.bytes).toBe(48);
    for (const row of [2, 0, 1]) {
      file.set(new Uint8Array(rows.buffer, row * 16, 16), place.offset + row * 16);
    }
    file.set(new Uint8Array(labels.buffer), layout.tensors.get('labels')!.offset);
    expect(file).toEqual(
      writeSafetensors(
        [
          { ...specs[1], data: rows },
          { ...specs[0], data: labels },
        ],
        { from: 'a test' },
      ),
    );
    expect(await (await open(file)).readRows('rows', 1, 1)).toEqual(rows.slice(4, 8));
  });

  it('puts the widest types first, then names in order, behind a header padded to 8', () => {
    const list = ['b', 'a'].flatMap((name): TensorData[] => [
      { name: `${name}1`, dtype: 'U8', shape: [1], data: Uint8Array.of(1) },
      { name: `${name}4`, dtype: 'F32', shape: [1], data: Float32Array.of(1) },
      { name: `${name}8`, dtype: 'F64', shape: [1], data: Float64Array.of(1) },
    ]);
    const { header, tensors: places, bytes } = layOutSafetensors(list);
    expect([...places.keys()]).toEqual(['a8', 'b8', 'a4', 'b4', 'a1', 'b1']);
    expect(header.byteLength % 8).toBe(0);
    expect(bytes).toBe(header.byteLength + 26);
  });

  it('typed arrays that are views of a larger buffer give only their part', async () => {
    const view = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const file = writeSafetensors([{ name: 'v', dtype: 'F32', shape: [2], data: view }]);
    expect(await (await open(file)).readF32('v')).toEqual(Float32Array.of(1, 2));
  });

  it('names of object members survive', async () => {
    const names = ['__proto__', 'constructor', '0', ''];
    const file = writeSafetensors(
      names.map((name, i) => ({ name, dtype: 'U8', shape: [1], data: Uint8Array.of(i) })),
      JSON.parse('{"__proto__":"kept"}') as Record<string, string>,
    );
    const checkpoint = await open(file);
    for (const [i, name] of names.entries()) expect(await checkpoint.readF32(name)).toEqual(Float32Array.of(i));
    expect([...checkpoint.metadata]).toEqual([['__proto__', 'kept']]);
  });

  it('refuses what the format cannot hold, naming the tensor', async () => {
    const one = { name: 'a', dtype: 'F32', shape: [2], data: new Float32Array(2) } as const;
    const bad: [TensorData[], RegExp][] = [
      [[one, one], /tensor "a" comes twice/],
      [[{ ...one, name: '__metadata__' }], /cannot hold/],
      [[{ ...one, name: '\ud800' }], /cannot hold/],
      [[{ ...one, shape: [-2] }], /shape \[-2\]/],
      [[{ ...one, shape: [0.5] }], /shape \[0.5\]/],
      [[{ ...one, shape: [2 ** 40, 2 ** 40] }], /shape/],
      [[{ ...one, dtype: 'F4', shape: [3] }], /shape \[3\] that the format cannot hold as F4/],
      [[{ ...one, shape: new Array<number>(65).fill(1) }], /shape/],
      [[{ ...one, shape: [3] }], /F32 \[3\], 12 bytes, and its data have 8/],
      [[{ ...one, data: new Int32Array(2) }], /is F32 and its data are a Int32Array/],
      [[{ ...one, dtype: 'F16', data: new Float32Array(1) }], /is F16/],
    ];
    for (const [list, message] of bad) {
      expect((await failure(() => writeSafetensors(list), 'BAD_OPTION')).message).toMatch(message);
    }
    await failure(() => writeSafetensors([one], { k: '\udfff' }), 'BAD_OPTION');
  });
});
