import { describe, expect, it } from 'vitest';
import { readPickle } from '../../src/checkpoints/pickle.js';
import { PickleCut, PickleFault } from '../../src/checkpoints/pickle-bytes.js';
import { Global, Inert } from '../../src/checkpoints/pickle-machine.js';
import {
  bytes,
  call,
  dict,
  int,
  legacyFile,
  little,
  openFile,
  type Part,
  pickle,
  tensor,
  text,
  tuple,
  zipFile,
} from './pytorch-files.js';

/** Nothing is known: every call stays inert, and a persistent id is its own object. */
const nothing = { call: () => undefined, persistent: (id: unknown) => id };
const read = (body: Uint8Array) => readPickle(body, 0, nothing).value;
const readBody = (...body: readonly Part[]) => read(pickle(bytes(...body)));

function faultOf(body: Uint8Array): PickleFault {
  try {
    read(body);
  } catch (error) {
    if (error instanceof PickleFault) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('values of the opcodes, as Python 3.11 pickles them', () => {
  const half = new Uint8Array(8);
  new DataView(half.buffer).setFloat64(0, -0.5, false);
  const cases: [what: string, body: Uint8Array, value: unknown][] = [
    ['None, True, False', bytes('(N', 0x88, 0x89, 't'), [null, true, false]],
    ['INT', bytes('I-12\n'), -12],
    ['BININT, BININT1, BININT2', bytes('(J', little(-3, 4), 'K', 255, 'M', 255, 255, 't'), [-3, 255, 65535]],
    [
      'LONG1 without bytes, of one, of nine',
      bytes('(', 0x8a, 0, 0x8a, 1, 0x80, 0x8a, 9, little(2n ** 64n, 9), 't'),
      [0, -128, 2n ** 64n],
    ],
    ['LONG1 of 128 bits without a sign', bytes(0x8a, 17, little(2n ** 128n - 1n, 17)), 2n ** 128n - 1n],
    ['LONG4', bytes(0x8b, little(8, 4), little(-5, 8)), -5],
    [
      'integers at the edge of exactness',
      bytes('(', int(2 ** 53 - 1), int(2 ** 53), int(-(2 ** 53)), 't'),
      [2 ** 53 - 1, 2n ** 53n, -(2n ** 53n)],
    ],
    ['BINFLOAT', bytes('G', half), -0.5],
    [
      'texts',
      bytes('(U', 1, 'a', 'T', little(2, 4), 'é', 'X', little(0, 4), 0x8c, 1, 'c', 0x8d, little(1, 8), 'd', 't'),
      ['a', 'é', '', 'c', 'd'],
    ],
    [
      'bytes',
      bytes('(C', 1, 7, 'B', little(1, 4), 8, 0x8e, little(0, 8), 0x96, little(1, 8), 9, 't'),
      [[7], [8], [], [9]].map((b) => Uint8Array.from(b)),
    ],
    [
      'tuples',
      bytes('(', ')', 'K', 1, 0x85, 'K', 1, 'K', 2, 0x86, 'K', 1, 'K', 2, 'K', 3, 0x87, 't'),
      [[], [1], [1, 2], [1, 2, 3]],
    ],
    ['lists', bytes('(](K', 1, 'K', 2, 'e](l]K', 5, 'at'), [[1, 2], [], [], [5]]],
    ['sets', bytes('(', 0x8f, '(K', 1, 0x90, '(K', 2, 0x91, 't'), [[1], [2]]],
    [
      'dicts',
      bytes('(}K', 1, 'K', 2, 's(K', 3, 'K', 4, 'd}(K', 5, 'Nut'),
      [new Map([[1, 2]]), new Map([[3, 4]]), new Map([[5, null]])],
    ],
    ['POP, POP of a mark, POP_MARK, DUP', bytes('K', 1, 'K', 2, '0', '(0(K', 3, '1', 'K', 4, '2', 0x87), [1, 4, 4]],
    [
      'the memo',
      bytes('(K', 1, 'q', 7, 'K', 2, 0x94, 'K', 3, 'r', little(300, 4), 'h', 7, 'h', 1, 'j', little(300, 4), 't'),
      [1, 2, 3, 1, 2, 3],
    ],
    ['FRAME', bytes(0x95, little(99, 8), 'N'), null],
  ];
  it.each(cases)('%s', (_, body, value) => {
    expect(readBody(body)).toEqual(value);
  });

  it('globals, calls, objects and their state are records', () => {
    const record = readBody(
      'cos\nsystem\n',
      tuple(text('ls')),
      'R',
      dict({ a: int(1) }),
      'b}K',
      1,
      'K',
      2,
      's0K',
      3,
      'K',
      4,
      's',
    );
    const wanted = new Inert('os.system', ['ls']);
    wanted.state = new Map([['a', 1]]);
    wanted.items = new Map([[3, 4]]);
    expect(record).toEqual(wanted);
    expect(readBody(text('a.b'), text('C'), 0x93)).toEqual(new Global('a.b', 'C'));
    expect(readBody('ca\nB\n)', 0x81)).toEqual(new Inert('a.B', []));
    expect(readBody('ca\nB\n)}', 0x92)).toEqual(new Inert('a.B', []));
    expect(readBody('N)R')).toEqual(new Inert('a computed function', []));
  });

  it('a value may contain itself', () => {
    const list = readBody(']q', 0, 'h', 0, 'a') as unknown[];
    expect(list[0]).toBe(list);
  });
});

describe('pickles that are refused', () => {
  const cases: [what: string, body: Uint8Array, message: RegExp][] = [
    ['an empty stack at the end', bytes('.'), /no value on its stack/],
    ['a value below the mark', bytes('K', 1, '(.'), /no value on its stack/],
    ['too few values', bytes('K', 1, 0x86, '.'), /too few values/],
    ['no mark', bytes('t.'), /no mark/],
    ['an unknown memo entry', bytes('h', 3, '.'), /a reference to 3/],
    ['an odd number of keys and values', bytes('}(Nu.'), /no dict/],
    ['entries of a list', bytes(']NNs.'), /no dict/],
    ['appending to a number', bytes('K', 1, 'Na.'), /no list/],
    ['arguments that are no tuple', bytes('ca\nb\nNR.'), /no tuple/],
    ['a global from numbers', bytes('K', 1, 'K', 2, 0x93, '.'), /without a name/],
    ['a protocol of the future', bytes(0x80, 6, 'N.'), /protocol above 5/],
    ['an extension', bytes(0x82, 1, '.'), /opcode 0x82/],
    ['a persistent id in text', bytes('Pkey\n.'), /opcode 0x50/],
    ['an integer that is none', bytes('I1e9\n.'), /an integer that is none/],
    ['an integer of 18 bytes', bytes(0x8a, 18, little(0, 18), '.'), /an integer of 18 bytes/],
    ['an integer of 2 GiB', bytes(0x8b, little(2 ** 31 - 1, 4), 'x.'), /an integer of 2147483647 bytes/],
    ['a text of 2^63 bytes', bytes(0x8d, little(2n ** 63n, 8), '.'), /a length of 9223372036854775808 bytes/],
    ['a name of 10,000 letters', bytes('c', 'a'.repeat(10_000), '\nb\n.'), /a name of more than 4096/],
  ];
  it.each(cases)('%s', (_, body, message) => {
    const fault = faultOf(body);
    expect(fault).not.toBeInstanceOf(PickleCut);
    expect(fault.message).toMatch(message);
  });

  it('every cut of a good one is told as a cut', () => {
    const good = pickle(
      bytes(dict({ a: tensor(), b: tuple(text('x'), int(1)) }), 'I5\n', 'G', new Uint8Array(8), 0x87, '0N'),
    );
    for (let length = 0; length < good.byteLength - 1; length++) {
      try {
        read(good.slice(0, length));
        throw new Error(`the first ${length} bytes were read`);
      } catch (error) {
        if (!(error instanceof PickleFault)) throw error;
        expect(error).toBeInstanceOf(PickleCut);
      }
    }
  });

  it('more than a million operations', () => {
    expect(faultOf(bytes('N0'.repeat(600_000), 'N.')).message).toMatch(/more than 1000000 operations/);
    expect((readBody('(', 'N'.repeat(999_000), 't') as unknown[]).length).toBe(999_000);
  });
});

describe('structures that are hard to walk', () => {
  const open = (value: Uint8Array) => openFile(zipFile(value));

  it('a call of 300,000 arguments, made again and again', async () => {
    const given = bytes('(', 'N'.repeat(300_000), 'tq', 1, '0');
    const made = bytes('cmycode\nf\nq', 0, '0', given, 'h\0h\x01R0'.repeat(100_000), 'N');
    await expect(open(made)).rejects.toThrow('more than 1000000 operations');
  });

  it('300,000 levels beside the weights, and instead of them', async () => {
    const levels = bytes(']'.repeat(300_000), 'a'.repeat(299_999));
    expect((await open(dict({ w: tensor(), deep: levels }))).tensors.size).toBe(1);
    await expect(open(levels)).rejects.toMatchObject({ code: 'BAD_PYTORCH' });
  });

  it('dicts nested 100,000 deep', async () => {
    const key = bytes('U', 1, 'k');
    const deep = bytes(...Array(100_000).fill(bytes('}', key)), tensor(), 's'.repeat(100_000));
    await expect(open(deep)).rejects.toMatchObject({ code: 'BAD_PYTORCH' });
    await expect(open(dict({ model: deep }))).rejects.toMatchObject({ code: 'BAD_PYTORCH' });
  });

  it('a dict that contains itself gives its tensors once', async () => {
    const cyclic = (key: string) => bytes('}q', 0, text(key), 'h', 0, 's', text('w'), tensor(), 's');
    expect([...(await open(cyclic('self'))).tensors.keys()]).toEqual(['w']);
    await expect(open(cyclic('model'))).rejects.toThrow(/nested more than 64 deep/);
  });

  it('50 levels of two equal dicts, 2^50 names in all', async () => {
    for (const names of [
      ['a', 'b'],
      ['model', 'teacher'],
    ]) {
      const twice = Array.from({ length: 50 }, (_, i) =>
        bytes('}', ...names.map((name) => bytes(text(name), 'h', i, 's')), 'q', i + 1),
      );
      const leaf = (value: Uint8Array) => bytes('}', text('w'), value, 'sq', 0);
      await expect(open(bytes(leaf(bytes('N')), ...twice))).rejects.toMatchObject({ code: 'BAD_PYTORCH' });
      const outcome = open(bytes(leaf(tensor()), ...twice));
      if (names[0] === 'a') await expect(outcome).rejects.toThrow(/unfold to too many names/);
      else expect((await outcome).wrapper).toBe(Array(50).fill('model').join('.'));
    }
  });

  it('a long list given to OrderedDict again and again costs operations', async () => {
    const pair = bytes('(K', 1, 'K', 2, 't');
    const list = bytes('](', ...Array(10_000).fill(pair), 'eq', 0);
    const again = bytes('0ccollections\nOrderedDict\nh', 0, 0x85, 'R');
    await expect(open(bytes(list, ...Array(1_000).fill(again)))).rejects.toThrow(/more than 1000000 operations/);
  });

  it('the same in the old container', async () => {
    await expect(openFile(legacyFile(call('a', 'b')))).rejects.toMatchObject({ code: 'BAD_PYTORCH' });
    const cyclic = bytes('}q', 0, text('self'), 'h', 0, 's', text('w'), tensor(), 's');
    expect([...(await openFile(legacyFile(cyclic))).tensors.keys()]).toEqual(['w']);
  });
});
