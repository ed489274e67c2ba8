import { expect, test } from 'vitest';
import { features } from '../../src/analysis/features.js';
import { givenViewsFeed } from '../../src/analysis/given-views.js';
import { nullGpu } from '../../src/gpu/null.js';
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
