import { createStatistics } from '../../src/analysis/tap-statistics.js';
import { createViewMaker } from '../../src/analysis/view-maker.js';
import { Encoder } from '../../src/encoder/encoder.js';
import type { Tap } from '../../src/encoder/forward.js';
import { allocateWorkspace, type Workspace } from '../../src/encoder/workspace.js';
import type { Gpu, Kernel } from '../../src/gpu/gpu.js';
import { nullGpu } from '../../src/gpu/null.js';
import { resolveAugmentation } from '../../src/images/presets.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { weightsOf } from '../models/tiny.js';
import { tinyResNetTensors } from '../reference/tiny-resnet.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';

const IMAGES = 2;

/** A device that computes nothing and keeps what it was asked to compile. */
function listeningGpu(): { gpu: Gpu; kernels: Kernel[] } {
  const gpu = nullGpu();
  const kernels: Kernel[] = [];
  const compile = gpu.compile.bind(gpu);
  gpu.compile = (asked) => {
    kernels.push(...asked);
    return compile(asked);
  };
  return { gpu, kernels };
}

/** Encoders that together have every op: ResNet-9 of the authors' widths, ResNets of each kind, Transformers. */
export function models(): Promise<Model[]> {
  const vit = { width: 64, depth: 1, patch: 8, side: 4, registers: 2, classes: 10 };
  const tensors = [
    tinyResNet9Tensors(1, 64, { classes: 10 }),
    tinyResNetTensors(1, { blocks: [1, 1], width: 16, expansion: 2, groups: 4, kernel: 7, classes: 10 }),
    tinyResNetTensors(1, { blocks: [1, 1], downsample: false }),
    tinyViTTensors(1, vit),
    tinyViTTensors(1, { ...vit, swiglu: true, layerScale: true }),
  ];
  return Promise.all(tensors.map((file) => loadModel(weightsOf(file))));
}

/** Views per image: one, few, the most in one block of pairs, and several blocks. */
const VIEWS = [1, 2, 10, 16] as const;

/** Every kernel that an analysis with this encoder can ask for: taps, families, Winograd, views, pairs, distances, features. */
export async function kernelsOf(model: Model): Promise<Kernel[]> {
  const { gpu, kernels } = listeningGpu();
  const all = model.graph.nodes.map(({ name }) => name);
  const run = async (encoder: Encoder, taps: readonly string[], fuse: boolean, statistics = false) => {
    const plan = encoder.plan({ taps, fuse });
    using workspace = await allocateWorkspace(gpu, plan, IMAGES);
    using forward = await encoder.bind(plan, workspace);
    if (statistics) await compileStatistics(gpu, forward.taps, workspace);
  };
  for (const family of FAMILIES) {
    using encoder = await Encoder.load(gpu, model, { family });
    // The statistics depend on neither the family nor on fusion.
    for (const taps of [model.defaultTaps, all])
      for (const fuse of [true, false]) await run(encoder, taps, fuse, fuse && family === 'register');
    using winograd = await Encoder.load(gpu, model, { family, precision: 'f32-winograd' });
    await run(winograd, model.defaultTaps, true);
  }
  return kernels;
}

async function compileStatistics(gpu: Gpu, taps: readonly Tap[], { count }: Workspace): Promise<void> {
  for (const views of VIEWS)
    for (const pairs of ['all', 'clean'] as const)
      for (const normalized of [false, true])
        for (const l1 of [false, true]) {
          const rows = views + (pairs === 'clean' ? 1 : 0);
          const options = { images: IMAGES, rows, pairs, tokens: 'all' as const, normalized, l1 };
          using _statistics = await createStatistics(gpu, taps, count, options);
        }
}

/** Every kernel that makes views of the presets. */
export async function kernelsOfViews(): Promise<Kernel[]> {
  const { gpu, kernels } = listeningGpu();
  for (const preset of ['none', 'simclr', 'normal', 'weak', 'strong', 'independent', 'dino-global', 'mae'])
    for (const size of [32, 96]) {
      using _maker = await createViewMaker(gpu, {
        augmentation: resolveAugmentation(preset, size),
        size,
        mean: [0, 0, 0],
        std: [1, 1, 1],
        maxViews: 20,
        maxWords: 4096,
      });
    }
  return kernels;
}
