import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import { openSharded } from '../../src/checkpoints/sharded.js';
import { MemgpuError } from '../../src/errors.js';
import { counted, failure, fileOf } from './files.js';

const shard = (values: Record<string, number>) =>
  writeSafetensors(
    Object.entries(values).map(([name, value]) => ({ name, dtype: 'F32', shape: [1], data: Float32Array.of(value) })),
    { format: 'pt' },
  );
const FILES: Record<string, Uint8Array> = {
  'model-00001-of-00002.safetensors': shard({ a: 1, b: 2 }),
  'model-00002-of-00002.safetensors': shard({ c: 3 }),
};
const [ONE, TWO] = Object.keys(FILES) as [string, string];
const GOOD = { metadata: { total_size: 12.0, deep: [{}] }, weight_map: { a: ONE, c: TWO, b: ONE } };

function openIndex(index: unknown, files = FILES) {
  const text = typeof index === 'string' ? index : JSON.stringify(index);
  const opened: ReturnType<typeof counted>[] = [];
  const source = counted(bufferSource(new TextEncoder().encode(text), 'model.safetensors.index.json'));
  opened.push(source);
  const checkpoint = openSharded(source, (name) => {
    const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
    if (bytes === undefined) throw new MemgpuError('IO', `${name} does not exist`);
    const file = counted(bufferSource(bytes, name));
    opened.push(file);
    return file;
  });
  return { checkpoint, opened };
}

describe('a checkpoint in several files', () => {
  it('reads each tensor from its shard and closes all', async () => {
    const { checkpoint, opened } = openIndex(GOOD);
    const all = await checkpoint;
    expect([...all.tensors.keys()]).toEqual(['a', 'c', 'b']);
    expect([...all.metadata]).toEqual([['format', 'pt']]);
    expect(all.bytes).toBe(opened.reduce((sum, { size }) => sum + size, 0));
    expect(await Promise.all(['a', 'b', 'c'].map(async (name) => (await all.readF32(name))[0]))).toEqual([1, 2, 3]);
    expect(await all.readRows('c', 0, 1)).toEqual(Float32Array.of(3));
    expect(await all.readBytes('c')).toHaveLength(4);
    const error = await failure(all.readF32('d'), 'MISSING_TENSOR');
    expect(error.message).toContain('model.safetensors.index.json has no tensor "d"');
    await all.close();
    expect(opened.map(({ closed }) => closed)).toEqual([1, 1, 1]);
  });

  const map = (weight_map: unknown) => ({ weight_map });
  const refused: [string, unknown, RegExp][] = [
    ['no JSON', 'nope', /expected an object/],
    ['no map', { metadata: {} }, /"weight_map" is missing/],
    ['two maps', '{"weight_map":{},"weight_map":{}}', /comes twice/],
    ['a name twice', `{"weight_map":{"a":"${ONE}","a":"${ONE}"}}`, /tensor "a" comes twice/],
    ['a file that is a number', map({ a: 1 }), /expected the file name of tensor "a"/],
    [
      'a tensor that its shard lacks',
      map({ ...GOOD.weight_map, d: TWO }),
      /"d" is mapped to .*00002.*does not have it/,
    ],
    ['a tensor that is not mapped', map({ a: ONE, c: TWO }), /"b" is in .*00001.*, and the index does not map it/],
    ['a tensor in another shard', map({ a: ONE, b: TWO, c: TWO }), /"b" is in .*00001.*maps it to .*00002/],
    ['trailing text', `${JSON.stringify(GOOD)} x`, /expected nothing more/],
    ['nesting of 100,000', `{"metadata":${'['.repeat(100_000)}`, /nested more than 64/],
  ];
  for (const [what, index, message] of refused) {
    it(`is refused with ${what}`, async () => {
      const { checkpoint, opened } = openIndex(index);
      expect((await failure(checkpoint, 'BAD_SAFETENSORS')).message).toMatch(message);
      expect(opened.every(({ closed }) => closed === 1)).toBe(true);
    });
  }

  it('a file name that is not plain is refused before anything is opened', async () => {
    const names = [
      '../f.safetensors',
      'x/f.safetensors',
      'x\\f.safetensors',
      '/f.safetensors',
      '..',
      '.',
      '',
      'C:f.safetensors',
    ]
      .concat(['http://host/f.safetensors', 'f.safetensors?x', 'f.safetensors#x', '%2e%2e%2ff.safetensors', 'f.bin'])
      .concat(['f.safetensors\n', 'f\0.safetensors', '.f.safetensors', '-f.safetensors']);
    for (const name of names) {
      const { checkpoint, opened } = openIndex(map({ a: name }));
      expect((await failure(checkpoint, 'BAD_SAFETENSORS')).message).toMatch(/no plain name/);
      expect(opened).toHaveLength(1);
    }
  });

  it('a missing or damaged shard is reported as itself, and what was opened is closed', async () => {
    const missing = openIndex(GOOD, { [ONE]: FILES[ONE]! });
    expect((await failure(missing.checkpoint, 'IO')).message).toBe(`${TWO} does not exist`);
    expect(missing.opened.map(({ closed }) => closed)).toEqual([1, 1]);
    const damaged = openIndex(GOOD, { ...FILES, [TWO]: fileOf('{') });
    expect((await failure(damaged.checkpoint, 'BAD_SAFETENSORS')).message).toContain(TWO);
    expect(damaged.opened.map(({ closed }) => closed)).toEqual([1, 1, 1]);
  });

  it('an index above 16 MB is refused unread', async () => {
    const source = counted({ name: 'index', size: 16_000_001, read: async () => new Uint8Array(0) });
    const error = await failure(
      openSharded(source, () => bufferSource(new Uint8Array(0))),
      'BAD_SAFETENSORS',
    );
    expect(error.message).toMatch(/16000001 bytes is above the limit/);
    expect([source.bytesRead, source.closed]).toEqual([0, 1]);
  });
});
