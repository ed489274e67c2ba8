import { beforeEach, describe, expect, test } from 'vitest';
import type { ChunkLayer, ChunkRecord } from '../src/analysis/chunk-record.js';
import { type Chunk, chunksOf, chunksOfShard } from '../src/analysis/chunks.js';
import { resolveOptions } from '../src/analysis/options.js';
import { encodeChunk } from '../src/chunk-file.js';
import type { AdapterFacts } from '../src/gpu/gpu.js';
import { nullGpu } from '../src/gpu/null.js';
import { type MergeableRun, mergeRuns, type RunPart } from '../src/merge.js';
import { writeSample } from '../src/sample-file.js';
import { VERSION } from '../src/version.js';
import { uniform } from './reference/tiny-resnet9.js';
import { exampleReport } from './report/example.js';

/** Chunks of synthetic records, as shards leave them; nothing is computed for them. */

const CHUNK_IMAGES = 4;
const SIZES = { candidates: 14, external: 9 };
const NODES = [
  ['add', 3],
  ['pooled', 2],
] as const;
const chunks = chunksOf(SIZES, CHUNK_IMAGES);
const adapter: AdapterFacts = { ...nullGpu().facts, name: 'A', driver: '1' };

function recordOf(chunk: Chunk, on: AdapterFacts = adapter): ChunkRecord {
  const random = uniform(chunk.number + 1);
  const layers = (): Map<string, ChunkLayer> =>
    new Map(
      NODES.map(([node, units]) => [
        node,
        {
          alignment: Float64Array.from({ length: chunk.count }, random),
          mu: Float32Array.from({ length: chunk.count * units }, random),
        },
      ]),
    );
  const positions = Array.from({ length: chunk.count }, (_, i) => chunk.first + i);
  return {
    chunk,
    adapter: on,
    index: positions,
    names: positions.map((position) => `${chunk.set}#${position}`),
    pixels: positions.map((position) => `${chunk.set} ${position}`),
    labels: new Int32Array(chunk.count),
    f: layers(),
    g: layers(),
  };
}

const layers = NODES.map(([node, units], i) => ({
  node,
  label: node,
  kind: 'relu',
  units,
  shape: [units],
  predecessor: i === 0 ? null : NODES[0][0],
}));

function runOf({ memgpu = VERSION, views = 10, precision = 'f32' as 'f32' | 'f16' } = {}): MergeableRun {
  const { encoders } = exampleReport();
  const sets = Object.fromEntries(
    Object.entries(SIZES).map(([set, n]) => [set, { source: `${set}.bin`, n, sha256: 'c'.repeat(64) }]),
  );
  return {
    schema: 'memgpu-run/1',
    key: `key of ${memgpu}, ${views} views`,
    created: '2026-01-01T00:00:00.000Z',
    identity: { memgpu, chunkImages: CHUNK_IMAGES, settings: { views } },
    adapter,
    inputs: { f: 'f.safetensors', candidates: 'candidates.bin', external: 'external.bin' },
    context: {
      options: resolveOptions({ views, resamples: 100 }),
      facts: { layers, wholeNodes: '', precision, views, compared: true, classes: {}, reference: 'another' },
      report: { f: encoders.f, g: encoders.g, sets, given: false, notes: { f: [], g: [] } },
    },
  };
}

interface Part extends RunPart {
  readonly bytes: Map<number, Uint8Array>;
}

/** A folder with some chunks of a run. */
function part(name: string, held: readonly Chunk[], run = runOf(), on = adapter): Part {
  const bytes = new Map(held.map((chunk) => [chunk.number, encodeChunk(recordOf(chunk, on), run.key)]));
  return {
    name,
    run,
    bytes,
    files: { read: async (number) => bytes.get(number) ?? null, write: async () => {} },
    numbers: [...bytes.keys()],
    sample: { read: async () => null, write: async () => {} },
  };
}

const shards = (count: number, change: (index: number) => Partial<Parameters<typeof runOf>[0]> = () => ({})) =>
  Array.from({ length: count }, (_, index) =>
    part(`shard-${index}`, chunksOfShard(chunks, { index, count }), runOf(change(index))),
  );

const refusal = async (parts: readonly RunPart[], mixed = false) =>
  mergeRuns(parts, mixed).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

let whole: Awaited<ReturnType<typeof mergeRuns>>;
beforeEach(async () => {
  whole = await mergeRuns([part('whole', chunks)], false);
});

describe('merged', () => {
  test.each([[1], [2], [3], [5], [9]])('%i shards give the bits of the whole, in any order', async (count) => {
    const merged = await mergeRuns(shards(count).reverse(), false);
    expect(merged.scores).toEqual(whole.scores);
    const { created: _, timings: __, ...report } = merged.report;
    expect(whole.report).toMatchObject(report);
  });

  test('the report is of all images, on the adapter that measured them', () => {
    expect(whole.report.adapters).toEqual([adapter]);
    expect(whole.scores.map(({ names }) => names.length)).toEqual([14, 9]);
    expect(whole.pixels.external?.[8]).toBe('external 8');
  });
});

describe('refused by name', () => {
  test('chunks that are missing', async () => {
    const [first, , third] = shards(3);
    expect(await refusal([first!, third!])).toMatchObject({
      code: 'BAD_OPTION',
      message: '2 chunks of 7 are missing: 1 (candidates 4 to 7), 4 (external 0 to 3)',
      hint: expect.stringContaining('Run their shards again'),
    });
    const cut = part('cut', chunks.slice(0, 6));
    expect(await refusal([cut])).toMatchObject({ message: 'one chunk of 7 is missing: 6 (external 8)' });
  });

  test('chunks that are there twice, and in which folders', async () => {
    const [first, second, third] = shards(3);
    expect(await refusal([first!, second!, third!, part('again', [chunks[4]!])])).toMatchObject({
      code: 'BAD_OPTION',
      message: "chunk 4 is in 'shard-1' and in 'again'",
    });
  });

  test('a chunk that is damaged, or under another’s number', async () => {
    const damaged = part('damaged', chunks);
    const bytes = damaged.bytes.get(2)!;
    bytes[bytes.length - 3]! ^= 1;
    damaged.bytes.set(5, damaged.bytes.get(4)!);
    expect(await refusal([damaged])).toMatchObject({
      code: 'BAD_OPTION',
      message: '2 chunks of 7 are damaged, or of another run: 2 (candidates 8 to 11), 5 (external 4 to 7)',
    });
  });

  test('a chunk beyond the run', async () => {
    const beyond = { ...part('beyond', chunks), numbers: [0, 7] };
    expect(await refusal([beyond])).toMatchObject({
      message: "'beyond' holds the chunk 7, and the run has 7, from 0",
    });
  });

  test('folders of runs that differ, with what differs', async () => {
    expect(await refusal(shards(2, (index) => ({ views: 10 - index })))).toMatchObject({
      code: 'BAD_OPTION',
      message: "'shard-1' is of another run than 'shard-0': settings.views (there 10, here 9)",
    });
  });

  test('a coarse precision whose error nobody measured', async () => {
    expect(await refusal([part('whole', chunks, runOf({ precision: 'f16' }))])).toMatchObject({
      message: 'the error of f16 was not measured',
      hint: expect.stringContaining('Shard 0'),
    });
  });
});

test('a coarse precision carries the error that shard 0 measured', async () => {
  const files = new Map<string, Uint8Array>();
  const sample = {
    read: async (name: string) => files.get(name) ?? null,
    write: async (name: string, bytes: Uint8Array) => void files.set(name, bytes),
  };
  const run = runOf({ precision: 'f16' });
  const [coarse, exact] = [recordOf(chunks[0]!), recordOf({ ...chunks[0]!, number: 70 })];
  await writeSample(sample, run.key, { name: 'f16', coarse, exact: { ...exact, chunk: chunks[0]! } });
  const { report } = await mergeRuns([{ ...part('whole', chunks, run), sample }], false);
  expect(report.precision).toMatchObject({ name: 'f16', images: CHUNK_IMAGES });
  expect(report.precision?.layers.map(({ node }) => node)).toEqual(['add', 'pooled']);
});

describe('chunks of two adapters', () => {
  const other = { ...adapter, name: 'B', driver: '2' };
  const parts = () => {
    const [first, second] = shards(2);
    return [first!, part('elsewhere', chunksOfShard(chunks, { index: 1, count: 2 }), second!.run, other)];
  };

  test('are refused, both named', async () => {
    expect(await refusal(parts())).toMatchObject({
      code: 'BAD_OPTION',
      message: 'the chunks are of 2 adapters: A 1; B 2',
      hint: expect.stringContaining('--mixed-adapters'),
    });
  });

  test('are merged where that is asked for; the report lists both, and warns', async () => {
    const { report } = await mergeRuns(parts(), true);
    expect(report.adapters).toEqual([adapter, other]);
    expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'MIXED_ADAPTERS', value: 2 }));
  });
});

describe('chunks of two versions', () => {
  const parts = () => shards(2, (index) => (index === 0 ? {} : { memgpu: '0.0.9' }));

  test('are refused, both named', async () => {
    expect(await refusal(parts())).toMatchObject({
      code: 'BAD_OPTION',
      message: `the chunks are of 2 versions of memgpu: ${VERSION}; 0.0.9`,
    });
  });

  test('are merged where that is asked for, with a warning', async () => {
    const { report } = await mergeRuns(parts(), true);
    expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'MIXED_VERSIONS', value: 2 }));
    expect(report.warnings.map(({ code }) => code)).not.toContain('MIXED_ADAPTERS');
  });
});
