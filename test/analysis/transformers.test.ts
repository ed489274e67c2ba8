import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnalysisInput, runAnalysis } from '../../src/analysis/analyze.js';
import type { ChunkStore } from '../../src/analysis/chunk-record.js';
import { features } from '../../src/analysis/features.js';
import { givenViewsFeed } from '../../src/analysis/given-views.js';
import { resolveOptions } from '../../src/analysis/options.js';
import type { SetScores } from '../../src/analysis/result.js';
import { type ChunkFiles, chunkStore } from '../../src/chunk-file.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { imagesCsv, layersCsv, unitsCsv } from '../../src/report/csv.js';
import { scoreTensors } from '../../src/report/scores.js';
import { values } from '../kernels/run-kernel.js';
import { openTestGpu } from '../open-gpu.js';
import { nchwToNhwc, runGraphF64 } from '../reference/forward.js';
import type { TinyEncoder } from './tiny-pair.js';
import { tinyTransformer } from './tiny-transformers.js';

const [IMAGES, VIEWS, SIZE] = [3, 3, 12];
const EACH = VIEWS * 3 * SIZE * SIZE;

let gpu: Gpu;
let f: TinyEncoder;
let g: TinyEncoder;
/** 9 patches behind a class token and a register. */
const vit = { width: 12, depth: 2, patch: 4, side: 3, hidden: 21, registers: 1 } as const;
beforeAll(async () => {
  gpu = await openTestGpu();
  f = await tinyTransformer(gpu, 1, vit, 3);
  g = await tinyTransformer(gpu, 2, vit, 3);
});
afterAll(() => gpu.dispose());

/** Views of an image resemble each other, as real ones do. */
const given = values(IMAGES * EACH, 5, -0.4, 0.4);
const common = values(IMAGES * 3 * SIZE * SIZE, 6, -1.6, 1.6);
given.forEach((value, i) => {
  given[i] = value + common[Math.floor(i / EACH) * 3 * SIZE * SIZE + (i % (3 * SIZE * SIZE))]!;
});
const views = {
  name: 'views',
  images: IMAGES,
  views: VIEWS,
  size: SIZE,
  read: async (i: number) => given.slice(i * EACH, (i + 1) * EACH),
};
const input: AnalysisInput = { views };

const run = (options: Record<string, unknown>, more: { store?: ChunkStore; g?: TinyEncoder | undefined } = {}) =>
  runAnalysis({ f, g, input, options: resolveOptions({ resamples: 100, ...options }), chunkImages: 2, ...more });

/** Every score by name, as bits. */
function bitsOf(scores: readonly SetScores[]): [string, string][] {
  return scoreTensors(scores).map(({ name, data }) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
  ]);
}

const oracleOf = ({ model }: TinyEncoder) =>
  runGraphF64(model.graph, model.parameters, nchwToNhwc(given, IMAGES * VIEWS, model.graph.input), IMAGES * VIEWS);

const PROBS = ['blocks.0.attn.probs', 'blocks.1.attn.probs'];

describe.each(['all', 'class', 'patches'] as const)('tokens %s', (tokens) => {
  test('every node agrees with float64: alignments, SSLMem, and unit means where there are units', async () => {
    const shapes = inferShapes(f.model.graph);
    const nodes = f.model.graph.nodes.map(({ name }) => name).filter((name) => name !== 'patch_embed');
    const { scores } = await run({ tokens, layers: nodes });
    const oracle = [f, g].map(oracleOf);
    expect(scores[0]!.layers.map(({ node }) => node)).toEqual(nodes);
    for (const layer of scores[0]!.layers) {
      const { height, width, channels, attention, tokens: ofTokens } = shapes.get(layer.node)!;
      const [stored, prefix] = [height * width, ofTokens?.prefix ?? 0];
      const [from, to] =
        ofTokens === undefined || tokens === 'all' ? [0, stored] : tokens === 'class' ? [0, 1] : [prefix, stored];
      const viewOf = (values: Float64Array, view: number) =>
        values.slice((view * stored + from) * channels, (view * stored + to) * channels);
      const [a, b] = oracle.map((values) =>
        Array.from({ length: IMAGES }, (_, i) => {
          const z = Array.from({ length: VIEWS }, (_, v) => unit(viewOf(values.get(layer.node)!, i * VIEWS + v)));
          const pairs = z.flatMap((one, j) => z.slice(j + 1).map((other) => distance(one, other)));
          return pairs.reduce((sum, d) => sum + d, 0) / pairs.length;
        }),
      ) as [number[], number[]];
      for (let i = 0; i < IMAGES; i++) {
        // Before the first attention the class token is the same for every view: 0/0 counts as 0.
        const ratio = a[i] === 0 && b[i] === 0 ? 0 : (b[i]! - a[i]!) / (b[i]! + a[i]!);
        expect(Math.abs(layer.alignmentF[i]! - a[i]!), `${layer.node}, f`).toBeLessThanOrEqual(3e-4 * a[i]!);
        expect(Math.abs(layer.alignmentG![i]! - b[i]!), `${layer.node}, g`).toBeLessThanOrEqual(3e-4 * b[i]!);
        expect(Math.abs(layer.sslmem![i]! - ratio), `${layer.node}, SSLMem`).toBeLessThan(3e-4);
      }
      if (attention) {
        expect([layer.units, layer.mu.length, layer.unitmem.length, layer.argmax.length]).toEqual([0, 0, 0, 0]);
        continue;
      }
      const values = oracle[0]!.get(layer.node)!;
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (let i = 0; i < IMAGES; i++)
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let v = 0; v < VIEWS; v++)
            for (let p = from; p < to; p++) sum += values[((i * VIEWS + v) * stored + p) * channels + c]!;
          const mean = sum / (VIEWS * (to - from));
          expect(Math.abs(layer.mu[i * channels + c]! - mean), layer.node).toBeLessThan(1e-4 * largest);
        }
    }
  });

  test('scores have the same bits whatever the batch', async () => {
    const [one, all] = [await run({ tokens, batch: 1 }), await run({ tokens })];
    expect(bitsOf(one.scores)).toEqual(bitsOf(all.scores));
  });
});

test('the class token of the last norm is the node cls, to the bit', async () => {
  const { scores } = await run({ tokens: 'class', layers: ['norm', 'cls'] });
  const [norm, cls] = scores[0]!.layers;
  expect(norm!.alignmentF).toEqual(cls!.alignmentF);
  expect(norm!.mu).toEqual(cls!.mu);
});

test('the class token of a node without one is refused by its name; so are default nodes of an encoder without', async () => {
  await expect(run({ tokens: 'class', layers: ['*'] })).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: 'tokens "class": node patch_embed has no class token',
  });
  for (const registers of [0, 2]) {
    const without = await tinyTransformer(gpu, 3, { ...vit, registers, classToken: false, positions: 'patches' }, 3);
    const options = (tokens: string) => resolveOptions({ tokens, resamples: 100 });
    await expect(runAnalysis({ f: without, input, options: options('class') })).rejects.toMatchObject({
      message: 'tokens "class": node blocks.0.attn has no class token',
      hint: 'Use tokens "all" or "patches".',
    });
    await expect(runAnalysis({ f: without, input, options: options('patches') })).resolves.toBeDefined();
  }
});

describe('an encoder whose taps are all attention maps', () => {
  const options = { layers: ['blocks.*.attn.probs'] };

  test('has LayerMem and no UnitMem, in every output', async () => {
    const { scores, layers, images, units } = await run(options);
    expect(units).toEqual([]);
    expect(images).toHaveLength(IMAGES);
    for (const layer of layers) {
      expect(layer).toMatchObject({ units: 0, shape: [3, 11, 11], kind: 'softmax' });
      expect(layer.sets.candidates).toMatchObject({ unitmem: null });
      expect(layer.sets.candidates!.layermem).not.toBeNull();
    }
    const names = scoreTensors(scores).map(({ name }) => name);
    expect(names).toEqual([
      'candidates/index',
      ...PROBS.flatMap((node) => ['alignment/f', 'alignment/g', 'sslmem'].map((what) => `candidates/${what}/${node}`)),
    ]);
    const [header, row] = layersCsv({ layers, sets: { candidates: { source: '', n: 3, sha256: '' } } }).split('\r\n');
    const cells = new Map(header!.split(',').map((column, c) => [column, row!.split(',')[c]]));
    // The label has no comma, so cells stand below their columns.
    expect(cells.get('candidates_unitmem_mean')).toBe('');
    expect(unitsCsv(scores).split('\r\n')).toHaveLength(2);
    expect(imagesCsv(scores).split('\r\n')).toHaveLength(IMAGES + 2);
  });

  test('stores no unit means, and a resumed run has the same bits', async () => {
    const { files, names } = memoryFiles();
    const store = () => chunkStore(files, 'key', gpu.facts);
    const first = await run(options, { store: store() });
    expect(names().filter((name) => name.includes('/mu/'))).toEqual([]);
    const resumed = await run(options, { store: store() });
    expect(resumed.run.resumed).toBe(2);
    expect(bitsOf(resumed.scores)).toEqual(bitsOf(first.scores));
  });
});

test('beside attention maps the unit means of other nodes are stored, and read again', async () => {
  const { files, names } = memoryFiles();
  const options = { layers: ['blocks.0.attn.probs', 'blocks.0.mlp'] };
  const plain = await run(options);
  for (const _ of [1, 2]) {
    const { scores } = await run(options, { store: chunkStore(files, 'key', gpu.facts) });
    expect(bitsOf(scores)).toEqual(bitsOf(plain.scores));
  }
  const means = names().filter((name) => name.startsWith('f/mu/'));
  expect(new Set(means)).toEqual(new Set(['f/mu/blocks.0.mlp']));
});

test('features come as maps [C, H, W], tokens [T, D], attention [heads, T, T] and flat [D]', async () => {
  const nodes = ['patch_embed', 'blocks.1.attn.probs', 'blocks.1.mlp.act', 'cls'];
  const oracle = oracleOf(f);
  const shapes = { 0: [9, 12], 1: [3, 11, 11], 2: [11, 21], 3: [12] } as const;
  const seen: string[] = [];
  for await (const { node, position, data, shape } of features(f.encoder, givenViewsFeed(views), {
    nodes,
    images: 3,
  })) {
    seen.push(`${node} ${position}`);
    expect(shape).toEqual([VIEWS, ...shapes[nodes.indexOf(node) as 0 | 1 | 2 | 3]]);
    const wanted = oracle.get(node)!;
    expect(data).toHaveLength(wanted.length / IMAGES);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    data.forEach((value, i) => {
      expect(Math.abs(value - wanted[position * data.length + i]!), node).toBeLessThan(1e-4 * largest);
    });
  }
  expect(seen).toEqual([0, 1, 2].flatMap((position) => nodes.map((node) => `${node} ${position}`)));
});

function unit(vector: Float64Array): Float64Array {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]!));
}

/** Chunks in memory, read in parts as files are. */
function memoryFiles(): { files: ChunkFiles; names: () => string[] } {
  const chunks = new Map<number, Uint8Array>();
  const files: ChunkFiles = {
    read: async (number) => chunks.get(number) ?? null,
    write: async (number, bytes) => void chunks.set(number, bytes),
    readPart: (number, offset, into) => into.set(chunks.get(number)!.subarray(offset, offset + into.length)),
  };
  const namesOf = (bytes: Uint8Array) => {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    return Object.keys(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))));
  };
  return { files, names: () => [...chunks.values()].flatMap(namesOf) };
}
