import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { counted, failure, fileOf, open } from './files.js';

const a = (fields: string) => `{"a":{${fields}}}`;
const plain = '"dtype":"U8","shape":[2],"data_offsets":[0,2]';

describe('headers that are refused', () => {
  const cases: [what: string, header: string, message: RegExp, data?: number][] = [
    ['an empty header', '', /the header is empty/],
    ['a byte order mark', '\uFEFF{}', /does not start with/],
    ['text after the object', '{} {}', /the header: expected nothing more/],
    ['padding with zero bytes', '{}\0\0', /the header: expected nothing more/],
    ['an unclosed object', '{', /expected a key/],
    ['a trailing comma', `${a(plain).slice(0, -1)},}`, /expected a key/, 2],
    ['a name with a bare control character', '{"\t":1}', /control character/],
    ['an unknown escape', '{"\\x41":1}', /escape/],
    ['half of a surrogate pair', '{"\\ud800":1}', /surrogate/],
    ['a key given twice in a record', a(`${plain},"shape":[2]`), /tensor "a": "shape" comes twice/, 2],
    ['a dtype given twice', a(`"dtype":"U8",${plain}`), /tensor "a": "dtype" comes twice/, 2],
    ['offsets given twice', a(`${plain},"data_offsets":[0,2]`), /tensor "a": "data_offsets" come twice/, 2],
    ['a name given twice by an escape', `{"a":{${plain}},"\\u0061":{${plain}}}`, /tensor "a": the name comes twice/, 2],
    ['metadata given twice', '{"__metadata__":{},"__metadata__":{}}', /__metadata__: it comes twice/],
    ['a metadata key given twice', '{"__metadata__":{"k":"1","k":"2"}}', /__metadata__: the key "k" comes twice/],
    ['metadata that are no object', '{"__metadata__":null}', /__metadata__: expected an object/],
    ['no dtype', a('"shape":[2],"data_offsets":[0,2]'), /tensor "a": "dtype" is missing/, 2],
    ['no shape', a('"dtype":"U8","data_offsets":[0,2]'), /tensor "a": "shape" is missing/, 2],
    ['a dtype that is a number', a('"dtype":8'), /tensor "a": expected a string as "dtype"/],
    ['a dtype named like a member of Object', a('"dtype":"toString"'), /the dtype "toString" is unknown/],
    ['one offset', a('"dtype":"U8","shape":[0],"data_offsets":[0]'), /"data_offsets" are not two/],
    ['three offsets', a('"dtype":"U8","shape":[0],"data_offsets":[0,0,0]'), /"data_offsets" has more than 2/],
    ['an exponent', a('"dtype":"U8","shape":[1e1],"data_offsets":[0,10]'), /"shape" has a number with a fraction/, 10],
    ['a negative zero', a('"dtype":"U8","shape":[-0],"data_offsets":[0,0]'), /"shape" has a negative number/],
    ['a leading zero', a('"dtype":"U8","shape":[02],"data_offsets":[0,2]'), /leading zero/, 2],
    ['2^53', a('"dtype":"U8","shape":[9007199254740992]'), /"shape" has a number above 2\^53 - 1/],
    ['65 axes', a(`"dtype":"U8","shape":[${'1,'.repeat(64)}1]`), /"shape" has more than 64/],
    [
      'a tensor of 12 bits',
      a('"dtype":"F4","shape":[3],"data_offsets":[0,2]'),
      /F4 \[3\] is no whole number of bytes/,
      2,
    ],
    [
      'a size in bits above 2^53',
      a('"dtype":"F64","shape":[4503599627370496],"data_offsets":[0,8]'),
      /the size of F64 \[4503599627370496\] is above/,
      8,
    ],
    [
      'a tensor without bytes inside another',
      `{"a":{${plain}},"e":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}`,
      /tensor "e" overlaps tensor "a"/,
      2,
    ],
    [
      '100,000 levels under an unknown key',
      a(`"x":${'['.repeat(100_000)}`),
      /tensor "a": values are nested more than 64/,
    ],
  ];
  for (const [what, header, message, data] of cases) {
    it(what, async () => {
      const error = await failure(open(fileOf(header, data)), 'BAD_SAFETENSORS');
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/^x\.safetensors: /);
    });
  }

  it('a name is escaped in the message, so that it cannot steer a terminal', async () => {
    const error = await failure(open(fileOf('{"\\u001b[2J\\u009b":1}')), 'BAD_SAFETENSORS');
    expect(error.message).toContain('"\\u001b[2J\\u{9b}"');
  });

  it('a file of another kind is told to be none, a cut one to be cut', async () => {
    const text = await failure(open(new TextEncoder().encode('0123456789abcdef')), 'BAD_SAFETENSORS');
    expect(text.message).toContain('it is no safetensors file: a header of ');
    expect(text.hint).toBe('Give a file that was saved as safetensors.');
    const cut = await failure(open(Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0, 0x7b)), 'BAD_SAFETENSORS');
    expect(cut.hint).toBe('The file may be cut off; fetch it again.');
  });

  it('other formats are recognised in the hint', async () => {
    const zip = new TextEncoder().encode('PK\x03\x04 and more');
    expect((await failure(open(zip), 'BAD_SAFETENSORS')).hint).toMatch(/PyTorch/);
    const pointer = new TextEncoder().encode('version https://git-lfs');
    expect((await failure(open(pointer), 'BAD_SAFETENSORS')).hint).toMatch(/Git LFS/);
    const page = new TextEncoder().encode('<!DOCTYPE html>');
    expect((await failure(open(page), 'BAD_SAFETENSORS')).hint).toMatch(/web page/);
  });
});

describe('headers that open', () => {
  it('white space between tokens and after the object', async () => {
    const spaced = a(plain)
      .replaceAll(/([{}[\]:,])/g, ' \n\t\r$1 ')
      .trim();
    expect((await open(fileOf(`${spaced} \n `, 2))).tensors.get('a')?.shape).toEqual([2]);
  });

  it('unknown keys in a record are passed over, whatever they hold', async () => {
    const extra = '"x":{"y":[1,-2.5e+3,true,false,null,"\\u00e9\\n",{},[]]},"__proto__":{"dtype":1}';
    expect((await open(fileOf(a(`${extra},${plain}`), 2))).tensors.get('a')?.dtype).toBe('U8');
  });

  it('tensors of 4 and 6 bits whose size is whole bytes', async () => {
    const header =
      '{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"b":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[2,5]}}';
    const checkpoint = await open(fileOf(header, 5));
    expect(await checkpoint.readBytes('b')).toHaveLength(3);
    await failure(checkpoint.readBytes('a', 0, 1), 'SHAPE_MISMATCH');
    await failure(checkpoint.readF32('a'), 'BAD_SAFETENSORS');
  });

  it('a zero in the shape ends the product before it overflows', async () => {
    const header = a('"dtype":"F32","shape":[0,1099511627776,1099511627776],"data_offsets":[0,0]');
    expect(await (await open(fileOf(header))).readF32('a')).toHaveLength(0);
  });

  it('a header longer than the first read', async () => {
    const header = `{"__metadata__":{"long":"${'x'.repeat(200_000)}"},${a(plain).slice(1)}`;
    const checkpoint = await open(fileOf(header, Uint8Array.of(7, 9)));
    expect(checkpoint.metadata.get('long')).toHaveLength(200_000);
    expect(await checkpoint.readF32('a')).toEqual(Float32Array.of(7, 9));
  });
});

describe('reading tensors', () => {
  const data = new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i * 1.5).buffer);
  const header =
    '{"m":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]},"s":{"dtype":"U8","shape":[],"data_offsets":[48,49]}}';
  const file = fileOf(header, Uint8Array.of(...data, 5));

  it('rows are the matching part of the whole', async () => {
    const checkpoint = await open(file);
    const all = await checkpoint.readF32('m');
    expect([...all]).toEqual(Array.from({ length: 12 }, (_, i) => i * 1.5));
    for (let first = 0; first <= 4; first++) {
      for (let count = 0; first + count <= 4; count++) {
        expect(await checkpoint.readRows('m', first, count)).toEqual(all.slice(first * 3, (first + count) * 3));
        expect(await checkpoint.readBytes('m', first, count)).toEqual(data.slice(first * 12, (first + count) * 12));
      }
      expect(await checkpoint.readBytes('m', first)).toEqual(data.slice(first * 12));
    }
    expect(await checkpoint.readBytes('m')).toEqual(data);
  });

  it('rows that are not there are refused', async () => {
    const checkpoint = await open(file);
    for (const [first, count] of [
      [0, 5],
      [4, 1],
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [Number.NaN, 1],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      const error = await failure(checkpoint.readRows('m', first, count), 'SHAPE_MISMATCH');
      expect(error.message).toContain('tensor "m", F32 [4, 3]');
      await failure(checkpoint.readBytes('m', first, count), 'SHAPE_MISMATCH');
    }
    await failure(checkpoint.readRows('s', 0, 1), 'SHAPE_MISMATCH');
    expect(await checkpoint.readF32('s')).toEqual(Float32Array.of(5));
  });

  it('a missing tensor is named, with names that are there', async () => {
    const checkpoint = await open(file);
    for (const name of ['q', '__proto__', 'toString', '']) {
      const error = await failure(checkpoint.readF32(name), 'MISSING_TENSOR');
      expect(error.message).toBe(`x.safetensors has no tensor "${name}"`);
      expect(error.hint).toContain('"m", "s"');
    }
  });

  it('what a caller does to its values leaves the checkpoint as it was', async () => {
    const checkpoint = await open(file);
    (await checkpoint.readF32('m')).fill(9);
    (await checkpoint.readBytes('m')).fill(9);
    expect((await checkpoint.readF32('m'))[1]).toBe(1.5);
  });

  it('only the ranges asked for are read', async () => {
    const big = fileOf('{"b":{"dtype":"U8","shape":[1000000],"data_offsets":[0,1000000]}}', 1_000_000);
    const source = counted(bufferSource(big));
    const checkpoint = await openSafetensors(source);
    expect(source.bytesRead).toBe(65536);
    await checkpoint.readRows('b', 500_000, 10);
    expect(source.bytesRead).toBe(65536 + 10);
    await checkpoint.close();
    expect(source.closed).toBe(1);
  });

  it('a source that gives too few bytes is found out', async () => {
    const source = {
      name: 'short',
      size: file.byteLength,
      read: async (o: number, n: number) => file.slice(o, o + n - 1),
    };
    await failure(openSafetensors(source), 'IO');
  });
});
