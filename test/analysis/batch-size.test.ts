import { describe, expect, test } from 'vitest';
import { planAnalysis } from '../../src/analysis/analyze.js';
import { imagesPerBatch } from '../../src/analysis/batch-size.js';
import { resolveOptions } from '../../src/analysis/options.js';
import { Encoder } from '../../src/encoder/encoder.js';
import type { AdapterFacts } from '../../src/gpu/gpu.js';
import { nullGpu } from '../../src/gpu/null.js';
import type { Plan } from '../../src/graph/plan.js';
import { loadModel } from '../../src/models/load.js';
import { weightsOf } from '../models/tiny.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { randomImages, range } from './tiny-pair.js';

const MIB = 2 ** 20;

/** A plan whose tensors of four channels lie each in a slot of its own. */
function planOf(...bytes: number[]): Plan {
  const shape = (size: number) => ({ height: size / 16, width: 1, channels: 4 });
  const tensors = bytes.map((size, slot) => ({
    node: `node ${slot}`,
    shape: shape(size),
    slot,
    storage: 'f32' as const,
    tapped: false,
  }));
  return { tensors, steps: [], slots: bytes, storage: 'f32' };
}

const facts = (kind: AdapterFacts['kind'], buffer = 1024 * MIB) => ({
  kind,
  limits: { ...nullGpu().facts.limits, maxBufferSize: buffer, maxStorageBufferBindingSize: buffer },
});
const costs = (plan: Plan, rows = 10, multiplyAdds = 1) => ({ plan, rows, multiplyAdds });

describe('auto', () => {
  test('fills a chunk where memory allows it', () => {
    expect(imagesPerBatch('auto', 32, costs(planOf(MIB, MIB / 2)), facts('hardware'))).toBe(32);
  });

  test('keeps the activations of a batch below half a GiB, and takes one image where that is too much already', () => {
    // 10 views of 12 MiB: four images.
    expect(imagesPerBatch('auto', 32, costs(planOf(8 * MIB, 4 * MIB)), facts('hardware'))).toBe(4);
    expect(imagesPerBatch('auto', 32, costs(planOf(80 * MIB, 4 * MIB)), facts('hardware'))).toBe(1);
  });

  test('keeps every tensor of a batch within a buffer', () => {
    expect(imagesPerBatch('auto', 32, costs(planOf(3 * MIB, 3 * MIB)), facts('hardware', 128 * MIB))).toBe(4);
  });

  test('keeps the work of a batch small on a CPU, where a batch saves nothing', () => {
    const large = costs(planOf(MIB), 10, 4e9);
    expect(imagesPerBatch('auto', 32, large, facts('software'))).toBe(1);
    expect(imagesPerBatch('auto', 32, large, facts('hardware'))).toBe(32);
  });
});

test('views of 224 pixels through a ResNet-9 of 16 channels: the plan names the node and how many views fit', async () => {
  const nothing = nullGpu();
  const model = await loadModel(weightsOf(tinyResNet9Tensors(1, 16)), { size: 224 });
  const { preprocessing, defaultTaps, facts: known } = model;
  const f = {
    encoder: await Encoder.load(nothing, model),
    facts: { file: 'f', sha256: '', preprocessing, ...known },
    defaultTaps,
    preprocessing,
  };
  const input = { sets: { candidates: randomImages(range(0, 40), 300) } };
  const plan = (options: Record<string, unknown>) => planAnalysis({ f, input, options: resolveOptions(options) });
  // 224² · 16 channels · 4 bytes are 3.06 MiB: 41 of them fit into the 128 MiB that every device allows.
  expect(plan({ views: 41 }).batch).toBe(1);
  expect(plan({ views: 10, batch: 32 }).batch).toBe(4);
  expect(() => plan({ views: 42 })).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: expect.stringContaining('node prep.relu: 42 views'),
      hint: expect.stringContaining('At most 41 views'),
    }),
  );
  expect(() => plan({ views: 41, pairs: 'clean' })).toThrow('node prep.relu: 42 views');
});

describe('a number', () => {
  test('is taken as it is, up to a chunk and to what a buffer holds', () => {
    const plan = costs(planOf(3 * MIB, MIB));
    expect(imagesPerBatch(3, 32, plan, facts('software'))).toBe(3);
    expect(imagesPerBatch(64, 32, plan, facts('hardware'))).toBe(32);
    expect(imagesPerBatch(32, 32, plan, facts('hardware', 128 * MIB))).toBe(4);
  });
});

describe('views of one image that no buffer holds', () => {
  test.each([1, 'auto'] as const)('are refused with the node and the largest number of views, batch %s', (batch) => {
    expect(() => imagesPerBatch(batch, 32, costs(planOf(MIB, 5 * MIB), 64), facts('hardware', 128 * MIB))).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringContaining('node 1: 64 views'),
        hint: expect.stringContaining('At most 25 views'),
      }),
    );
  });

  test('are told apart from a single view that does not fit', () => {
    expect(() => imagesPerBatch('auto', 32, costs(planOf(200 * MIB), 2), facts('hardware', 128 * MIB))).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Not even one view fits') }),
    );
  });
});
