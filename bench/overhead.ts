import { BatchRunner } from '../src/analysis/batch-runner.js';
import { imageFeed } from '../src/analysis/image-feed.js';
import { Encoder } from '../src/encoder/encoder.js';
import { allocateWorkspace } from '../src/encoder/workspace.js';
import type { Gpu, KernelTime } from '../src/gpu/gpu.js';
import type { IndexedDataset } from '../src/images/dataset.js';
import { openImages } from '../src/images/memory.js';
import { resolveAugmentation } from '../src/images/presets.js';
import type { Model } from '../src/models/load.js';
import { numbers } from './numbers.js';
import { best, type Timing, timeInTurn } from './timing.js';

/** Images of a batch: enough that what a batch costs once does not show. */
const IMAGES = { software: 8, hardware: 32 };
const VIEWS = 10;

/** What views and metrics cost on top of two plain forward passes. */
export interface Overhead {
  readonly images: number;
  readonly views: number;
  /** Views drawn and made, both encoders with all default taps, statistics, read back and decoded. */
  readonly analysis: Timing;
  /** Both encoders on views that lie ready, to the last node alone. */
  readonly plain: Timing;
  /** (analysis − plain) / plain, of the medians by the best clock. */
  readonly share: number;
  /** GPU time of one analysed batch by kernel; null where the adapter has no clock. */
  readonly kernels: readonly KernelTime[] | null;
}

export async function measureOverhead(gpu: Gpu, model: Model, repeats: number): Promise<Overhead> {
  const count = IMAGES[gpu.facts.kind];
  using f = await Encoder.load(gpu, model);
  using g = await Encoder.load(gpu, model);
  const { preprocessing } = model;
  const { size, mean, std, interpolation } = preprocessing;
  const images = await madeUpImages(count, size);
  const feed = imageFeed(
    { candidates: images },
    {
      augmentation: resolveAugmentation('simclr', size),
      views: VIEWS,
      clean: false,
      seed: 0,
      geometry: { size, interpolation },
      mean,
      std,
    },
  );
  using runner = await BatchRunner.open([f, g], model.defaultTaps, feed, count, {
    features: 'normalized',
    distance: 'l2',
    pairs: 'all',
    tokens: 'all',
  });
  const analyse = async () => runner.run(await runner.prepare('candidates', 0, count));

  const plan = f.plan({ taps: [model.graph.nodes.at(-1)!.name] });
  using workspace = await allocateWorkspace(gpu, plan, count * VIEWS);
  workspace.setCount(count * VIEWS);
  gpu.write(workspace.slots[0]!, numbers(workspace.slots[0]!.bytes / 4));
  using plainF = await f.bind(plan, workspace);
  using plainG = await g.bind(plan, workspace);
  const recording = gpu.record();
  for (const forward of [plainF, plainG]) forward.record(recording, count * VIEWS);
  const [analysis, plain] = (await timeInTurn(gpu, [analyse, () => gpu.run(recording)], repeats)) as [Timing, Timing];

  gpu.profile(true);
  await analyse();
  const kernels = gpu.kernelTimes && [...gpu.kernelTimes];
  gpu.profile(false);
  const [whole, base] = [best(analysis).median, best(plain).median];
  return { images: count, views: VIEWS, analysis, plain, share: (whole - base) / base, kernels };
}

/** Pictures that are ready in memory. */
export function madeUpImages(count: number, size: number): Promise<IndexedDataset> {
  const pictures = Array.from({ length: count }, (_, i) => {
    const rgba = Uint8Array.from(numbers(size * size * 4, 0, 256), (value, p) => (value + i * (p % 7)) % 256);
    return { width: size, height: size, rgba };
  });
  return openImages(pictures, { decode: refuse });
}

function refuse(): never {
  throw new Error('pictures of the benchmark need no decoder');
}
