import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { inferShapes } from '../../src/graph/shapes.js';
import type { Family } from '../../src/kernels/family.js';
import { loadModel, type Model } from '../../src/models/load.js';
import { values } from '../kernels/run-kernel.js';
import { weightsOf } from '../models/tiny.js';
import { openTestGpu } from '../open-gpu.js';
import { readGolden } from '../read-golden.js';
import { nchwToNhwc, nhwcToNchw, runGraphF64 } from '../reference/forward.js';
import { readSafetensors } from '../reference/safetensors.js';
import { type TinyResNet, tinyResNetTensors } from '../reference/tiny-resnet.js';
import { compareWithPyTorch } from './large-resnets.js';
import { relativeError, runPlan } from './run-plan.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const allNodes = ({ graph }: Model) => graph.nodes.map(({ name }) => name);

test.each([
  ['resnet18', 64],
  ['resnet18-cifar', 32],
  ['resnet50-narrow', 64],
] as const)('every node of %s is within 1e-4 of its largest golden value', async (name, size) => {
  const file = await readGolden(`${name}/f.safetensors`);
  const model = await loadModel(await openSafetensors(bufferSource(file, name)), { size });
  const views = readSafetensors(await readGolden(`${name}/views.safetensors`)).get('views')!;
  const input = Float32Array.from(nchwToNhwc(views.data.subarray(0, 3 * size * size), 1, model.graph.input));
  const taps = await runPlan(gpu, model, input, 1, { taps: allNodes(model) });
  const shapes = inferShapes(model.graph);
  for (const [node, { data }] of readSafetensors(await readGolden(`${name}/activations.safetensors`)))
    expect(relativeError(nhwcToNchw(taps.get(node)!, 1, shapes.get(node)!), data), node).toBeLessThan(1e-4);
});

const TWINS: readonly (readonly [string, TinyResNet, number])[] = [
  ['basic blocks of odd widths', { blocks: [1, 2], width: 3, kernel: 7, classes: 5 }, 37],
  ['bottlenecks of expansion 3, three stages', { blocks: [1, 1, 1], width: 5, expansion: 3 }, 18],
  ['grouped bottlenecks', { blocks: [1, 1], width: 6, expansion: 2, groups: 3, kernel: 7 }, 33],
  ['shortcuts without parameters', { blocks: [1, 1, 1], width: 4, downsample: false, classes: 3 }, 19],
];

// A CPU's driver compiles the tile family for seconds a kernel, so it runs on a single block.
test('every node of a random block is within 1e-4 of the float64 oracle, family tile', () =>
  compareWithOracle({ blocks: [1], width: 3 }, 9, 'tile'));

async function compareWithOracle(tiny: TinyResNet, size: number, family: Family): Promise<void> {
  const n = 3;
  const input = values(n * size * size * 3, 1, -2, 2);
  const model = await loadModel(weightsOf(tinyResNetTensors(1, tiny)), { size });
  const taps = await runPlan(gpu, model, input, n, { taps: allNodes(model) }, { family });
  for (const [node, wanted] of runGraphF64(model.graph, model.parameters, Float64Array.from(input), n))
    expect(relativeError(taps.get(node)!, wanted), node).toBeLessThan(1e-4);
}

describe.each(TWINS)('a random ResNet with %s', (_, tiny, size) => {
  test.each(['quad', 'register'] as const)('every node is within 1e-4 of the float64 oracle, family %s', (family) =>
    compareWithOracle(tiny, size, family),
  );

  test('fused and unfused plans give equal bits', async () => {
    const n = 3;
    const input = values(n * size * size * 3, 1, -2, 2);
    const model = await loadModel(weightsOf(tinyResNetTensors(2, tiny)), { size });
    const taps = model.defaultTaps;
    const fused = await runPlan(gpu, model, input, n, { taps, fuse: true });
    const unfused = await runPlan(gpu, model, input, n, { taps, fuse: false });
    expect([...fused.keys()]).toEqual([...taps]);
    for (const [node, found] of fused) {
      const [a, b] = [found, unfused.get(node)!].map(({ buffer }) => Buffer.from(buffer));
      expect(a!.equals(b!), node).toBe(true);
    }
  });
});

test('the default taps of a full ResNet-50 on a photograph are within 1e-4 of what PyTorch computed', () =>
  compareWithPyTorch(gpu, 'resnet50', ({ defaultTaps }) => defaultTaps));
