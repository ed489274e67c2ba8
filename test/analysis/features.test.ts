import { expect, test } from 'vitest';
import { features } from '../../src/analysis/features.js';
import { givenViewsFeed } from '../../src/analysis/given-views.js';
import { Encoder } from '../../src/encoder/encoder.js';
import { nullGpu } from '../../src/gpu/null.js';
import { fromHalves, toHalves } from '../../src/half.js';
import { loadModel } from '../../src/models/load.js';
import { relativeError } from '../encoder/run-plan.js';
import { weightsOf } from '../models/tiny.js';
import { openTestGpu } from '../open-gpu.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { tinyEncoder } from './tiny-pair.js';

/** A device with buffers of half a MiB, of which the nodes of one image fill several. */
function smallGpu() {
  const [most, { facts }] = [2 ** 19, nullGpu()];
  return nullGpu({ limits: { ...facts.limits, maxBufferSize: most, maxStorageBufferBindingSize: most } });
}

const viewsOf = (views: number) =>
  givenViewsFeed({
    name: 'views',
    images: 2,
    views,
    size: 32,
    read: async () => new Float32Array(views * 3 * 32 * 32),
  });

test('what one readback cannot take is read by several: every node of every image comes, in order', async () => {
  const { encoder, model } = await tinyEncoder(smallGpu(), 1);
  const seen: string[] = [];
  let bytes = 0;
  for await (const { node, position, data } of features(encoder, viewsOf(16), { nodes: ['*'], images: 2 })) {
    seen.push(`${position} ${node}`);
    bytes += data.byteLength;
  }
  const nodes = model.graph.nodes.map(({ name }) => name);
  expect(seen).toEqual([0, 1].flatMap((position) => nodes.map((node) => `${position} ${node}`)));
  expect(bytes / 2).toBeGreaterThan(2 ** 20);
});

test('views of an image that no buffer holds are refused before anything is run', async () => {
  const { encoder } = await tinyEncoder(smallGpu(), 1);
  const first = features(encoder, viewsOf(40), { nodes: ['pooled'], images: 2 }).next();
  await expect(first).rejects.toMatchObject({ code: 'BAD_OPTION', hint: expect.stringContaining('At most 32 views') });
});

test('a value that is not finite ends it, with the node where it first appears', async () => {
  await using gpu = await openTestGpu();
  const spoiled = tinyResNet9Tensors(1);
  // Finite, and so are its products; their sum over 3 × 3 × 3 is not.
  spoiled.get('layer2.conv.weight')?.data.fill(3e38);
  const model = await loadModel(weightsOf(spoiled));
  using encoder = await Encoder.load(gpu, model);
  const views = givenViewsFeed({
    name: 'views',
    images: 1,
    views: 1,
    size: 32,
    read: async () => new Float32Array(3072).fill(1),
  });
  const first = features(encoder, views, { nodes: ['pooled'], images: 1 }).next();
  await expect(first).rejects.toMatchObject({
    code: 'NON_FINITE',
    message: expect.stringContaining('node layer2.conv '),
  });
});

test('in f16 an image has the same values in a batch and alone, each a half, near those of f32', async () => {
  await using gpu = await openTestGpu();
  const model = await loadModel(weightsOf(tinyResNet9Tensors(1)));
  const views = givenViewsFeed({
    name: 'views',
    images: 3,
    views: 2,
    size: 32,
    read: async (image) => Float32Array.from({ length: 2 * 3072 }, (_, i) => Math.sin(i * (image + 1))),
  });
  const valuesOf = async (precision: 'f16' | 'f32', batch: number) => {
    using encoder = await Encoder.load(gpu, model, { precision });
    const found: Float32Array[] = [];
    for await (const { data } of features(encoder, views, { nodes: ['layer2.conv', 'pooled'], images: 3, batch }))
      found.push(data);
    return found;
  };
  const together = await valuesOf('f16', 3);
  expect(await valuesOf('f16', 1)).toEqual(together);
  expect(together.map((data) => fromHalves(toHalves(data)))).toEqual(together);
  const exact = await valuesOf('f32', 3);
  // To first order: the weights and the output of each of eight convolutions are rounded, by at most 2⁻¹¹ each.
  together.forEach((data, i) => {
    expect(relativeError(data, exact[i]!)).toBeGreaterThan(0);
    expect(relativeError(data, exact[i]!)).toBeLessThan(16 * 2 ** -11);
  });
});
