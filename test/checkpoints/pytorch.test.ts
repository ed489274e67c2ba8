import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openCheckpointFile } from '../../src/checkpoints/open-checkpoint.js';
import { counted, failure } from './files.js';
import {
  bytes,
  call,
  dict,
  int,
  legacyFile,
  little,
  openFile,
  pickle,
  saved,
  storage,
  type TensorSpec,
  tensor,
  text,
  tuple,
  zip,
  zipFile,
} from './pytorch-files.js';

const one = dict({ w: tensor() });
const bad = (file: Uint8Array) => failure(openFile(file), 'BAD_PYTORCH');

describe('a file is what its first bytes say', () => {
  it('whatever its name', async () => {
    const safetensors = bytes(little(2, 8), '{}');
    expect((await openFile(safetensors, 'x.pth')).tensors.size).toBe(0);
    for (const file of [zipFile(one), legacyFile(one)]) {
      const checkpoint = await openFile(file, 'x.safetensors');
      expect(await checkpoint.readF32('w')).toEqual(Float32Array.of(1, 2, 3, 4));
    }
  });

  it('a safetensors header whose length looks like a pickle or a zip is a header', async () => {
    const file = bytes(little(0x0280, 8), `{"__metadata__":{}${' '.repeat(0x0280 - 19)}}`);
    expect((await openFile(file)).tensors.size).toBe(0);
    await failure(openFile(bytes(little(0x04034b50, 8), '{')), 'BAD_SAFETENSORS');
  });

  it('other pickles, tar archives and other zip archives are refused, and say what to do', async () => {
    const tar = new Uint8Array(1024);
    tar.set(bytes('ustar'), 257);
    const cases: [Uint8Array, RegExp][] = [
      [pickle(one), /a pickle, but not one that torch.save wrote/],
      [tar, /a tar archive; those of PyTorch before 0\.1\.10 are not read/],
      [zip([{ name: 'word/document.xml', data: bytes('x') }]), /a zip archive, and PyTorch saved none such/],
      [zip([]), /a zip archive, and PyTorch saved none such/],
      [
        zip([
          { name: 'a/data.pkl', data: pickle(one) },
          { name: 'b/data.pkl', data: pickle(one) },
        ]),
        /several checkpoints/,
      ],
    ];
    for (const [file, message] of cases) {
      const error = await bad(file);
      expect(error.message).toMatch(message);
      expect(error.hint).toBeTruthy();
    }
  });

  it('a TorchScript program is refused as one', async () => {
    const parts = ['m/data.pkl', 'm/code/__torch__.py', 'm/constants.pkl'].map((name) => ({ name, data: pickle(one) }));
    for (const some of [parts, parts.slice(0, 2)]) {
      const error = await bad(zip(some));
      expect(error.message).toBe('x.pth: it is a TorchScript program (torch.jit.save), which is not read');
      expect(error.hint).toContain('state_dict()');
    }
  });

  it('what is none of these stays with the safetensors reader', async () => {
    await failure(openFile(bytes('version https://git-lfs')), 'BAD_SAFETENSORS');
    await failure(openFile(bytes()), 'BAD_SAFETENSORS');
  });
});

describe('nothing is executed', () => {
  const trace = join(tmpdir(), `memgpu-executed-${process.pid}`);
  const system = call('os', 'system', text(`touch ${trace}`));

  it('a call of os.system is refused wherever it stands, by its name', async () => {
    const eval_ = call('builtins', 'eval', text('1'));
    for (const value of [dict({ state_dict: one, args: system }), system, bytes(system, 'b'), dict({ model: system })])
      for (const file of [zipFile, legacyFile])
        expect((await bad(file(value))).message).toMatch(
          /^x\.pth: its pickle cannot be read: it has a call of "os\.system", which loading it with PyTorch would run/,
        );
    const error = await bad(zipFile(dict({ w: tensor(), x: eval_ })));
    expect(error.message).toContain('"builtins.eval"');
    expect(error.hint).toContain('Do not load this file');
    expect(existsSync(trace)).toBe(false);
  });

  it('a call that is given os.system, or reaches it by dots, is refused as well', async () => {
    const partial = bytes('cfunctools\npartial\n', tuple(bytes('cos\nsystem\n'), text('ls')), 'R');
    const dotted = bytes(text('torch'), text('os.system'), 0x93, tuple(text('ls')), 'R');
    for (const [made, message] of [
      [partial, 'a call of "os.system"'],
      [dotted, 'the name "os.system"'],
    ] as const)
      for (const file of [zipFile, legacyFile])
        expect((await bad(file(dict({ state_dict: one, made })))).message).toContain(message);
    const nested = bytes(text('mycode'), text('Config.Inner'), 0x93, ')R');
    expect((await openFile(zipFile(dict({ state_dict: one, nested })))).wrapper).toBe('state_dict');
  });

  it('a class of the training code beside the weights stays inert', async () => {
    const args = call('argparse', 'Namespace');
    for (const file of [zipFile, legacyFile]) {
      const checkpoint = await openFile(
        file(dict({ state_dict: one, args, other: call('mycode', 'Config', text('x')) })),
      );
      expect([...checkpoint.tensors.keys()]).toEqual(['w']);
    }
    const error = await bad(zipFile(call('mycode', 'Config', text('1'))));
    expect(error.message).toBe('x.pth: it holds an object of "mycode.Config" and no state dict');
    expect(error.hint).toContain("torch.save(model.state_dict(), 'weights.pth')");
  });

  it('lists that grow after a tensor was made of them do not change it', async () => {
    const list = (index: number, ...values: readonly number[]) =>
      bytes(']q', index, '(', ...values.map((value) => int(value)), 'e');
    const hooks = bytes('ccollections\nOrderedDict\n)R');
    const args = [storage('torch\nFloatStorage', '0', 4), int(0), list(1, 2), list(2, 1), bytes(0x89), hooks];
    const made = call('torch._utils', '_rebuild_tensor_v2', ...args);
    const grow = (index: number) => bytes('h', index, int(1500), 'a');
    const value = bytes('}(', text('w'), made, text('shape'), grow(1), text('strides'), grow(2), 'u');
    const checkpoint = await openFile(zipFile(value));
    expect(checkpoint.tensors.get('w')?.shape).toEqual([2]);
    expect(await checkpoint.readF32('w')).toEqual(Float32Array.of(1, 2));
  });

  it('what holds no state dict is refused, saying what it holds', async () => {
    const cases: [Uint8Array, string][] = [
      [tensor(), 'it holds no dict of tensors'],
      [
        tensor({ type: 'torch\nQInt8Storage' }),
        'it holds an object of "torch._utils._rebuild_tensor_v2" and no state dict',
      ],
      [bytes('](', tensor(), 'e'), 'it holds no dict of tensors'],
      [dict({}), 'it holds a dict without names and no tensors by name'],
      [
        dict({ epoch: int(3), state_dict: dict({}) }),
        'it holds a dict of "epoch", "state_dict" and no tensors by name',
      ],
      [bytes('}', int(0), tensor(), 's'), 'it holds a dict without names and no tensors by name'],
    ];
    for (const [value, message] of cases) {
      expect((await bad(zipFile(value))).message).toBe(`x.pth: ${message}`);
      await bad(legacyFile(value));
    }
  });

  it('names like those of JavaScript are names', async () => {
    const hostile = dict({ __proto__x: tensor(), constructor: tensor(), toString: call('__proto__', 'constructor') });
    const prototype = bytes('}(', text('__proto__'), tensor(), 'u');
    expect([...(await openFile(zipFile(hostile))).tensors.keys()]).toEqual(['__proto__x', 'constructor']);
    expect([...(await openFile(zipFile(prototype))).tensors.keys()]).toEqual(['__proto__']);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('tensors that leave their storage or claim too much are refused', () => {
  const cases: [what: string, spec: TensorSpec, message: RegExp][] = [
    ['beyond its end', { offset: 1 }, /ends at byte 20 of its storage, which has 16/],
    ['by its strides', { strides: [3, 1] }, /ends at byte 20/],
    ['a negative stride', { strides: [2, -1] }, /offset, shape or strides are none/],
    ['a negative size', { shape: [-2, 2] }, /offset, shape or strides are none/],
    ['a negative offset', { offset: -1 }, /offset, shape or strides are none/],
    ['more strides than axes', { strides: [2, 1, 1] }, /offset, shape or strides are none/],
    ['65 axes', { shape: Array(65).fill(1), strides: Array(65).fill(1) }, /offset, shape or strides are none/],
    ['a size above 2^53', { shape: [2n ** 60n, 2] }, /offset, shape or strides are none/],
    ['a product above 2^53', { shape: [2 ** 40, 2 ** 40], strides: [0, 0] }, /of more than 2\^53 bytes/],
    ['a product that overflows to 4', { shape: [2n ** 32n, 2n ** 32n, 4], strides: [0, 0, 1] }, /of more than 2\^53/],
    ['a stride above 2^53 in product', { strides: [2 ** 52, 2 ** 52] }, /ends at byte (NaN|\d{17,})/],
    [
      'an expanded view larger than the file',
      { shape: [1000, 1000], strides: [0, 0] },
      /4000000 bytes, more than the file/,
    ],
    ['a storage of another size', { elements: 5 }, /has 16 bytes, and its tensors need 20/],
    ['a storage above 2^53', { elements: 2 ** 52 }, /a storage "0" of more than 2\^53 bytes/],
    ['a storage size above 2^53', { elements: 2n ** 60n }, /a storage without a key or a size/],
    ['a storage that is not there', { key: '9' }, /the storage "9" is missing/],
  ];
  it.each(cases)('%s', async (_, spec, message) => {
    expect((await bad(zipFile(dict({ w: tensor(spec) })))).message).toMatch(message);
    if (!/has 16 bytes/.test(String(message))) {
      await bad(legacyFile(dict({ w: tensor(spec), v: tensor(spec.key === undefined ? spec : {}) })));
    }
  });

  it('but one without elements may begin anywhere: a slice of an empty tensor does', async () => {
    const empty = tensor({ shape: [0, 2], offset: 5 });
    for (const file of [zipFile, legacyFile]) {
      const checkpoint = await openFile(file(dict({ w: tensor(), empty })));
      expect(checkpoint.tensors.get('empty')?.shape).toEqual([0, 2]);
      expect(await checkpoint.readBytes('empty')).toEqual(new Uint8Array(0));
      expect(await checkpoint.readRows('empty', 0, 0)).toEqual(new Float32Array(0));
    }
  });

  it('one storage with two sizes', async () => {
    const error = await bad(zipFile(dict({ a: tensor(), b: tensor({ elements: 5 }) })));
    expect(error.message).toMatch(/two sizes for the storage "0": 16 and 20 bytes/);
  });

  it('a tensor of a type that is not read, by its name, if it belongs to the weights', async () => {
    const quantized = tensor({ type: 'torch\nQInt8Storage' });
    expect((await bad(zipFile(dict({ a: tensor(), q: quantized })))).message).toMatch(
      /the tensor "q" is of a kind that is/,
    );
    const beside = await openFile(zipFile(dict({ state_dict: one, other: dict({ q: quantized }) })));
    expect([...beside.tensors.keys()]).toEqual(['w']);
  });

  it('a complex tensor opens and is refused when it is read as numbers', async () => {
    const checkpoint = await openFile(saved('kinds.pth'));
    expect((await failure(checkpoint.readF32('C64'), 'BAD_PYTORCH')).message).toMatch(/"C64" has the type C64/);
    await failure(checkpoint.readF32('none'), 'MISSING_TENSOR');
    await failure(checkpoint.readRows('scalar', 0, 1), 'SHAPE_MISMATCH');
    await failure(checkpoint.readRows('whole', 5, 2), 'SHAPE_MISMATCH');
  });

  it('values that are still to be negated', async () => {
    const args = [
      storage('torch\nFloatStorage', '0', 4),
      int(0),
      tuple(int(4)),
      tuple(int(1)),
      bytes(0x89),
      bytes('}'),
    ];
    const negated = call('torch._utils', '_rebuild_tensor_v2', ...args, bytes('}(', text('neg'), 0x88, 'u'));
    expect((await bad(zipFile(dict({ w: negated })))).message).toMatch(/the tensor "w" is of a kind that is not read/);
  });
});

describe('forms of later and earlier PyTorch', () => {
  it('untyped storage with the type in the tensor, and tensors with attributes', async () => {
    const untyped = storage('torch.storage\nUntypedStorage', '0', 16);
    const args = [untyped, int(2), tuple(int(3)), tuple(int(2)), bytes(0x89), bytes('}'), bytes('ctorch\nuint16\n')];
    const v3 = call('torch._utils', '_rebuild_tensor_v3', ...args);
    const inner = [
      storage('torch\nFloatStorage', '1', 4),
      int(1),
      tuple(int(2)),
      tuple(int(2)),
      bytes(0x89),
      bytes('}'),
    ];
    const typed = call(
      'torch._tensor',
      '_rebuild_from_type_v2',
      bytes('ctorch._utils\n_rebuild_tensor_v2\n'),
      bytes('ctorch\nTensor\n'),
      tuple(...inner),
      bytes('}'),
    );
    const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    const checkpoint = await openFile(zipFile(dict({ v3, typed }), { 0: four, 1: four }));
    expect(checkpoint.tensors.get('v3')).toEqual({ name: 'v3', dtype: 'U16', shape: [3] });
    // 2 is 0x40000000, 3 is 0x40400000.
    expect(await checkpoint.readF32('v3')).toEqual(Float32Array.of(0, 0, 0));
    expect(await checkpoint.readF32('typed')).toEqual(Float32Array.of(2, 4));
  });

  it('an OrderedDict of pairs, as Python 2 wrote it', async () => {
    const pair = bytes('](', text('w'), tensor(), 'e');
    const ordered = call('collections', 'OrderedDict', bytes('](', pair, 'e'));
    expect(await (await openFile(legacyFile(ordered))).readF32('w')).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('a view of a storage in an old file', async () => {
    const view = storage('torch\nFloatStorage', '0', 4, tuple(text('v'), int(1), int(3)));
    const args = [view, int(1), tuple(int(2)), tuple(int(1))];
    const old = call('torch._utils', '_rebuild_tensor', ...args);
    expect(await (await openFile(legacyFile(dict({ old })))).readF32('old')).toEqual(Float32Array.of(3, 4));
    const beyond = storage('torch\nFloatStorage', '0', 4, tuple(text('v'), int(1), int(4)));
    const outside = call('torch._utils', '_rebuild_tensor', beyond, int(0), tuple(int(1)), tuple(int(1)));
    expect((await bad(legacyFile(dict({ outside })))).message).toMatch(/a view of the storage "0" that leaves it/);
  });

  it('big-endian files are refused', async () => {
    const parts = [
      { name: 'a/data.pkl', data: pickle(one) },
      { name: 'a/data/0', data: new Uint8Array(16) },
      { name: 'a/byteorder', data: bytes('big') },
    ];
    expect((await bad(zip(parts))).message).toMatch(/big-endian/);
    parts[2]!.data = bytes('little');
    expect((await openFile(zip(parts))).tensors.size).toBe(1);
    expect((await bad(legacyFile(one, { little: false }))).message).toMatch(/big-endian/);
  });
});

describe('zip archives', () => {
  const parts = [
    { name: 'archive/data.pkl', data: pickle(one) },
    { name: 'archive/data/0', data: new Uint8Array(Float32Array.of(5, 6, 7, 8).buffer) },
  ];

  it('zip64, in the end record, the entries or both, and a comment with the end signature', async () => {
    const wideParts = parts.map((part) => ({ ...part, wide: true }));
    const files = [
      zip(parts, { wide: true }),
      zip(wideParts),
      zip(wideParts, { wide: true, comment: 'PK\x05\x06'.repeat(9) }),
    ];
    for (const file of files) expect(await (await openFile(file)).readF32('w')).toEqual(Float32Array.of(5, 6, 7, 8));
  });

  it('a compressed entry is refused before anything is inflated', async () => {
    const bomb = deflateRawSync(new Uint8Array(50_000_000));
    const source = counted(bufferSource(zip([parts[0]!, { name: 'archive/data/0', data: bomb, method: 8, size: 16 }])));
    expect((await failure(openCheckpointFile(source), 'BAD_PYTORCH')).message).toMatch(
      /"archive\/data\/0" is compressed/,
    );
    expect((await bad(zip([{ ...parts[0]!, method: 8 }, parts[1]!]))).message).toMatch(
      /"archive\/data.pkl" is compressed/,
    );
    expect(source.closed).toBe(1);
  });

  it('sizes beyond the file, names that come twice, a directory that is not there', async () => {
    expect((await bad(zip([parts[0]!, { ...parts[1]!, size: 2 ** 31 }]))).message).toMatch(/ends beyond the data/);
    expect((await bad(zip([...parts, parts[1]!]))).message).toMatch(/"archive\/data\/0" comes twice/);
    expect((await bad(zip(parts).slice(0, -30))).message).toMatch(/a zip archive without a directory/);
    expect((await bad(zip(parts.slice(0, 1)))).message).toMatch(/the storage "0" is missing/);
  });

  it('a directory that claims more entries than its bytes can hold', async () => {
    const file = zip(parts, { wide: true });
    const end = file.byteLength - 22 - 20 - 56;
    file.set(little(2n ** 40n, 8), end + 32);
    expect((await bad(file)).message).toMatch(/above the limits/);
    file.set(little(1000, 8), end + 32);
    expect((await bad(file)).message).toMatch(/cannot hold 1000 entries/);
  });

  it('a header of the entry that disagrees is refused when it is read', async () => {
    const file = zip(parts);
    const at = Buffer.from(file).lastIndexOf('archive/data/0', file.byteLength - 100) - 30;
    file[at + 26] = 99;
    await failure((await openFile(file)).readF32('w'), 'BAD_PYTORCH');
  });
});

describe('old containers', () => {
  it('cut off in the pickle or the storages', async () => {
    expect((await bad(legacyFile(one, { cut: 1 }))).message).toMatch(/the storage "0" ends beyond the file/);
    expect((await bad(legacyFile(one, { cut: 60 }))).message).toMatch(/it ends in the middle of its pickle/);
  });

  it('a list of storages that names one twice or an unknown one', async () => {
    for (const keys of [
      ['0', '0'],
      ['0', '1'],
    ]) {
      expect((await bad(legacyFile(one, { keys }))).message).toMatch(/its list of storages is broken/);
    }
    expect((await bad(legacyFile(one, { keys: [] }))).message).toMatch(/the storage "0" is missing/);
  });

  it('a number of elements that disagrees is refused when the tensor is read', async () => {
    const file = legacyFile(one);
    file[file.byteLength - 24] = 5;
    const error = await failure((await openFile(file)).readF32('w'), 'BAD_PYTORCH');
    expect(error.message).toBe('x.pth: the storage "0" has 5 elements, and its tensors need 4');
  });

  it('a pickle longer than what is read at first', async () => {
    const checkpoint = await openFile(legacyFile(dict({ note: text('n'.repeat(300_000)), w: tensor() })));
    expect(await checkpoint.readF32('w')).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});
