import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnalysisRequest, runAnalysis } from '../../src/analysis/analyze.js';
import type { ChunkRecord, ChunkStore } from '../../src/analysis/chunk-record.js';
import { resolveOptions } from '../../src/analysis/options.js';
import type { SetScores } from '../../src/analysis/result.js';
import { MemgpuError } from '../../src/errors.js';
import type { BufferRequest, Gpu } from '../../src/gpu/gpu.js';
import { scoreTensors } from '../../src/report/scores.js';
import { openTestGpu } from '../open-gpu.js';
import { randomImages, range, type TinyEncoder, tinyEncoder } from './tiny-pair.js';

let gpu: Gpu;
let f: TinyEncoder;
let g: TinyEncoder;
beforeAll(async () => {
  gpu = await openTestGpu();
  f = await tinyEncoder(gpu, 1);
  g = await tinyEncoder(gpu, 2);
});
afterAll(() => gpu.dispose());

const sets = { candidates: randomImages(range(0, 8)), external: randomImages(range(100, 105)) };
const base = { input: { sets }, chunkImages: 3 } as const;
const options = (given: Record<string, unknown> = {}) => resolveOptions({ views: 2, resamples: 100, ...given });
const run = (request: Partial<AnalysisRequest> = {}) => runAnalysis({ f, g, ...base, options: options(), ...request });

/** Keeps the chunks of one run. */
function memoryStore(): ChunkStore {
  const records = new Map<number, ChunkRecord>();
  return {
    read: async ({ number }) => records.get(number) ?? null,
    write: async (record) => void records.set(record.chunk.number, record),
  };
}

/** Every score by name, as bits. */
function bitsOf(scores: readonly SetScores[]): Record<string, string> {
  return Object.fromEntries(
    scoreTensors(scores).map(({ name, data }) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
    ]),
  );
}

describe('scores', () => {
  test('have the same bits for every batch, in a second run, and without the other sets', async () => {
    const whole = bitsOf((await run()).scores);
    for (const batch of [1, 2, 64]) expect(bitsOf((await run({ options: options({ batch }) })).scores)).toEqual(whole);
    expect(bitsOf((await run()).scores)).toEqual(whole);
    const alone = bitsOf((await run({ input: { sets: { external: sets.external } } })).scores);
    for (const [name, bits] of Object.entries(alone)) expect(bits, name).toBe(whole[name]);
  });

  test('go with their images when these stand in another order', async () => {
    const order = [5, 2, 7, 0, 3, 1, 6, 4];
    const [straight] = (await run()).scores;
    const [permuted] = (await run({ input: { sets: { candidates: randomImages(order) } } })).scores;
    straight?.layers.forEach((layer, l) => {
      const other = permuted?.layers[l];
      order.forEach((index, position) => {
        expect(other?.sslmem?.[position]).toBe(layer.sslmem?.[index]);
        expect(other?.alignmentF[position]).toBe(layer.alignmentF[index]);
        const { units } = layer;
        expect(other?.mu.slice(position * units, (position + 1) * units)).toEqual(
          layer.mu.slice(index * units, (index + 1) * units),
        );
      });
    });
  });

  test('are exactly 0 where f and g are the same', async () => {
    const { scores, layers } = await run({ g: f });
    for (const { layers } of scores) for (const { sslmem } of layers) expect(sslmem?.every((s) => s === 0)).toBe(true);
    for (const { sets } of layers) expect([sets.candidates?.layermem, sets.external?.layermem]).toEqual([0, 0]);
  });

  test('are 0 of the same weights in another file too, which is said as of the same file', async () => {
    const copy = { ...f, facts: { ...f.facts, sha256: 'a'.repeat(64) } };
    const warned = async (other: TinyEncoder) =>
      (await run({ g: other })).warnings.filter(({ code }) => code === 'SAME_ENCODER').length;
    expect([await warned(copy), await warned(f), await warned(g)]).toEqual([1, 1, 0]);
  });

  test('change their sign exactly where f and g are swapped', async () => {
    const [there] = (await run()).scores;
    const [back] = (await run({ f: g, g: f })).scores;
    there?.layers.forEach((layer, l) => {
      layer.sslmem?.forEach((score, i) => {
        expect(back?.layers[l]?.sslmem?.[i]).toBe(score === 0 ? 0 : -score);
      });
    });
  });

  test('depend on the seed', async () => {
    const [one] = (await run()).scores;
    const [other] = (await run({ options: options({ seed: 1 }) })).scores;
    expect(other?.layers[0]?.alignmentF).not.toEqual(one?.layers[0]?.alignmentF);
  });
});

describe('without augmentation', () => {
  test('there is UnitMem, no score against g and no contrast, and the report says why', async () => {
    const { layers, warnings, plan } = await run({ options: options({ augment: 'none' }) });
    expect(plan.views).toBe(1);
    expect(warnings[0]?.code).toBe('NO_PAIRS');
    for (const { sets, contrasts } of layers) {
      expect(contrasts).toEqual([]);
      expect(sets.candidates?.layermem).toBeNull();
      expect(sets.candidates?.unitmem?.n).toBe(8);
    }
  });
});

describe('the score range', () => {
  test('compares two sets on the range of both', async () => {
    const { layers, scores } = await run({ options: options({ score: 'range' }) });
    const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    layers.forEach(({ contrasts }, l) => {
      const [a, b] = scores.map(({ layers }) => {
        const { alignmentF, alignmentG } = layers[l] as (typeof layers)[number];
        return Array.from(alignmentF, (f, i) => (alignmentG?.[i] as number) - f);
      });
      const both = [...(a as number[]), ...(b as number[])];
      const range = Math.max(...both) - Math.min(...both);
      const wanted = (mean(a as number[]) - mean(b as number[])) / range;
      expect(Math.abs((contrasts[0]?.difference as number) - wanted)).toBeLessThan(1e-12);
    });
  });
});

describe('a pass', () => {
  test('that is interrupted keeps its chunks and the one that was submitted, and a second one gives the bits of an undisturbed run', async () => {
    const store = memoryStore();
    const abort = new AbortController();
    const hooks = { signal: abort.signal, onProgress: ({ done }: { done: number }) => done >= 6 && abort.abort() };
    await expect(run({ store, hooks })).rejects.toMatchObject({ code: 'ABORTED' });
    const resumed = await run({ store });
    expect(resumed.run.resumed).toBe(3);
    expect(bitsOf(resumed.scores)).toEqual(bitsOf((await run()).scores));
  });

  test('reports every image once, in order of its sets, with the rate', async () => {
    const seen: [string, number, number][] = [];
    await run({ hooks: { onProgress: ({ set, done, total }) => seen.push([set, done, total]) } });
    expect(seen).toEqual([
      ['candidates', 3, 13],
      ['candidates', 6, 13],
      ['candidates', 8, 13],
      ['external', 11, 13],
      ['external', 13, 13],
    ]);
  });

  test('takes smaller batches when memory runs out, says so, and gives the same bits', async () => {
    const whole = bitsOf((await run()).scores);
    const told: number[] = [];
    const limited = new Proxy(gpu, {
      get(target, name) {
        if (name !== 'allocate') {
          const value = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return (requests: readonly BufferRequest[]) => {
          const views = requests.find(({ label }) => label === 'views');
          if (views && views.bytes > 2 * 32 * 32 * 16) throw new MemgpuError('OUT_OF_MEMORY', 'no room');
          return target.allocate(requests);
        };
      },
    });
    const { scores, run: facts } = await run({
      f: await tinyEncoder(limited, 1),
      g: await tinyEncoder(limited, 2),
      hooks: { onSmallerBatch: (images) => told.push(images) },
    });
    expect(told).toEqual([2, 1]);
    expect(facts.batch).toBe(1);
    expect(bitsOf(scores)).toEqual(whole);
  });

  test('submits a batch before the results of the one before it are taken', async () => {
    const events: string[] = [];
    const watched = new Proxy(gpu, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (name !== 'run') return typeof value === 'function' ? value.bind(target) : value;
        return async (...call: Parameters<Gpu['run']>) => {
          events.push('submitted');
          const bytes = await target.run(...call);
          events.push('ended');
          return bytes;
        };
      },
    });
    const sets = { candidates: randomImages(range(0, 4)) };
    await run({ f: await tinyEncoder(watched, 1), g: undefined, input: { sets }, options: options({ batch: 1 }) });
    expect(events.slice(0, 2)).toEqual(['submitted', 'submitted']);
    expect(events.filter((event) => event === 'ended')).toHaveLength(4);
  });

  test('tells how long it measured and how much of that the GPU had nothing to do', async () => {
    const { measuring, idle } = (await run()).run;
    expect(idle).toBeGreaterThanOrEqual(0);
    expect(idle).toBeLessThan(measuring);
  });

  test('makes room for larger pictures between batches, with the same bits as each picture alone', async () => {
    const small = randomImages(range(0, 2));
    const large = randomImages(range(2, 4), 80);
    const mixed = {
      ...small,
      length: 4,
      load: async (position: number) =>
        position < 2 ? small.load(position) : { ...(await large.load(position - 2)), index: position },
    };
    const alone = { input: { sets: { candidates: mixed } }, chunkImages: 1 };
    const together = { input: { sets: { candidates: mixed } }, chunkImages: 4, options: options({ batch: 1 }) };
    expect(bitsOf((await run(together)).scores)).toEqual(bitsOf((await run(alone)).scores));
  });

  test('leaves no buffer behind', async () => {
    const before = gpu.bytes;
    await run();
    expect(gpu.bytes).toBe(before);
  });

  test('names the first node that is not finite, the encoder and the image', async () => {
    const huge = await tinyEncoder(gpu, 3);
    const scale = huge.model.parameters.get('layer2.batch.scale') as Float32Array;
    scale.fill(3e38);
    const { Encoder } = await import('../../src/encoder/encoder.js');
    const broken = { ...huge, encoder: await Encoder.load(gpu, huge.model) };
    await expect(run({ g: broken, options: options({ layers: ['pooled'] }) })).rejects.toMatchObject({
      code: 'NON_FINITE',
      message: expect.stringMatching(/encoder g: node layer2\.batch .* image random#0/),
    });
  });
});
