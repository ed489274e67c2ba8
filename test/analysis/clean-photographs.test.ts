import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imageFeed } from '../../src/analysis/image-feed.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import type { IndexedDataset } from '../../src/images/dataset.js';
import { openDataset } from '../../src/platform/node-images.js';
import { sha256 } from '../../src/sha256.js';
import { openTestGpu } from '../open-gpu.js';
import { readGolden } from '../read-golden.js';
import { readSafetensors } from '../reference/safetensors.js';

/** What is known of the three photographs, in the order of their folder. */
const decoded: Record<string, { width: number; height: number; sha256: string }> = JSON.parse(
  new TextDecoder().decode(await readGolden('photos224/decoded.json')),
);
const names = Object.keys(decoded);
const clean = readSafetensors(await readGolden('photos224/clean.safetensors'));

let gpu: Gpu;
let photographs: IndexedDataset;
beforeAll(async () => {
  gpu = await openTestGpu();
  photographs = await openDataset(fileURLToPath(new URL('../golden/photos224', import.meta.url)));
});
afterAll(() => gpu.dispose());

test('two landscapes and a portrait are decoded to the bytes that the reference resized', async () => {
  expect(photographs.length).toBe(3);
  for (const [i, name] of names.entries()) {
    const { picture } = await photographs.load(i);
    if (!('rgba' in picture)) throw new Error('not decoded to bytes');
    const { width, height, rgba } = picture;
    const rgb = Uint8Array.from({ length: width * height * 3 }, (_, k) => rgba[Math.floor(k / 3) * 4 + (k % 3)]!);
    expect({ width, height, sha256: sha256(rgb) }, name).toEqual(decoded[name]);
  }
});

test.each(['bilinear', 'bicubic'] as const)(
  '256, then the middle 224, %s: within 1e-5 of torchvision',
  async (interpolation) => {
    const source = imageFeed(
      { candidates: photographs },
      {
        augmentation: [],
        views: 1,
        clean: true,
        seed: 0,
        geometry: { resize: 256, size: 224, interpolation },
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
    );
    using feed = await source.open(gpu, names.length);
    const batch = await feed.prepare('candidates', 0, names.length);
    expect(batch.images).toHaveLength(names.length);
    await batch.upload(async () => {});
    const recording = gpu.record();
    feed.record(recording, names.length);
    const [bytes] = await gpu.run(recording, [feed.input]);
    const views = new Float32Array(bytes!);

    const area = 224 * 224;
    const at = clean.get('at')!.data;
    expect(at).toHaveLength(200);
    // Row 0 is the clean image, row 1 a view that nothing augments.
    for (const [i, name] of names.entries())
      for (const row of [0, 1])
        at.forEach((position, k) => {
          const [c, pixel] = [Math.floor(position / area), position % area];
          const found = views[((i * 2 + row) * area + pixel) * 4 + c]!;
          const expected = clean.get(`${name}/${interpolation}`)!.data[k]!;
          expect(Math.abs(found - expected), `${name}, row ${row}, position ${position}`).toBeLessThanOrEqual(1e-5);
        });
  },
);
