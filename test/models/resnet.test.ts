import { describe, expect, test } from 'vitest';
import { describeGraph } from '../../src/graph/facts.js';
import { makePlan } from '../../src/graph/plan.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { predecessors, resolveTaps } from '../../src/graph/taps.js';
import { loadModel, type ModelOptions } from '../../src/models/load.js';
import { assertSameArchitecture } from '../../src/models/same-architecture.js';
import { stepsOf } from '../graph/small-graphs.js';
import { runGraphF64 } from '../reference/forward.js';
import { type TinyResNet, tinyResNetTensors } from '../reference/tiny-resnet.js';
import { uniform } from '../reference/tiny-resnet9.js';
import { weightsOf, zeros } from './tiny.js';

const load = (tiny: TinyResNet = {}, options: ModelOptions = {}) =>
  loadModel(weightsOf(tinyResNetTensors(1, tiny)), options);
const fails = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });
const BASIC = { blocks: [2, 2, 2, 2], kernel: 7 };
const BOTTLENECKS = { blocks: [1, 2], kernel: 7, expansion: 4 };

describe('nodes', () => {
  test('default taps are all ReLUs and the pooled features; the ReLUs lead UnitMem', async () => {
    const { defaultTaps, headline } = await load({ ...BOTTLENECKS, classes: 3 });
    const relus = ['layer1.0', 'layer2.0', 'layer2.1'].flatMap((block) =>
      ['relu', 'relu_1', 'relu_2'].map((relu) => `${block}.${relu}`),
    );
    expect(headline).toEqual(['relu', ...relus]);
    expect(defaultTaps).toEqual(['relu', ...relus, 'avgpool']);
  });

  test.each([['basic blocks', BASIC] as const, ['bottlenecks', BOTTLENECKS] as const])(
    'each tap stands against the one before it, of %s',
    async (_, tiny) => {
      const { graph, defaultTaps } = await load(tiny);
      expect([...predecessors(graph, defaultTaps).values()]).toEqual([null, ...defaultTaps.slice(0, -1)]);
      const shortcut = predecessors(graph, [...defaultTaps, 'layer2.0.downsample.0']).get('layer2.0.downsample.0');
      expect(shortcut).toBe(graph.nodes.find(({ aliases }) => aliases?.includes('layer1'))!.name);
    },
  );

  test("the paper's rows of a ResNet-18 are the raw convolutions and the pools, each against the row above", async () => {
    const { graph } = await load({ ...BASIC, classes: 3 });
    const rows = resolveTaps(graph, ['conv1', 'maxpool', 'layer?.?.conv?', 'avgpool', 'fc']);
    const labels = rows.map((row) => graph.nodes.find(({ name }) => name === row)!.label);
    const stages = [2, 3, 4, 5].flatMap((stage) => [1, 2, 3, 4].map((i) => `conv${stage}-${i}`));
    expect(labels).toEqual(['conv1', 'max pool', ...stages, 'average-pool', 'fully-connected']);
    expect([...predecessors(graph, rows).values()]).toEqual([null, ...rows.slice(0, -1)]);
  });

  test.each([
    ['layer3', 'layer3.1.relu_1'],
    ['layer2.0', 'layer2.0.relu_1'],
    ['layer2.0.downsample', 'layer2.0.downsample.1'],
    ['flatten', 'avgpool'],
    ['act1', 'relu'],
    ['layer1.1.act1', 'layer1.1.relu'],
    ['layer1.1.act2', 'layer1.1.relu_1'],
    ['global_pool', 'avgpool'],
    ['embedder', 'maxpool'],
    ['encoder.stages.3', 'layer4.1.relu_1'],
    ['encoder.stages.3.layers.0', 'layer4.0.relu_1'],
    ['pooler', 'avgpool'],
  ])('%s is another name of %s', async (alias, name) => {
    expect(resolveTaps((await load(BASIC)).graph, [alias])).toEqual([name]);
  });

  test('no two nodes share a name or alias', async () => {
    for (const tiny of [BASIC, BOTTLENECKS, { blocks: [2, 2, 2], downsample: false }]) {
      const { graph } = await load({ ...tiny, classes: 2 });
      const names = graph.nodes.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('the classifier is computed only where it is named', async () => {
    const { graph, defaultTaps } = await load({ classes: 3 });
    const computed = (taps: readonly string[]) => makePlan(graph, { taps }).steps.flatMap(({ nodes }) => nodes);
    expect(graph.nodes.at(-1)!.name).toBe('fc');
    expect(computed(defaultTaps)).not.toContain('fc');
    expect(computed(['fc'])).toContain('fc');
  });
});

test('the plan of the default taps has one step per convolution and pool; the shortcut is added within one', async () => {
  const { graph, defaultTaps } = await load({ blocks: [1, 1], kernel: 7 });
  expect(stepsOf(makePlan(graph, { taps: defaultTaps }))).toEqual([
    'conv: conv1 bn1 relu',
    'maxpool: maxpool',
    'conv: layer1.0.conv1 layer1.0.bn1 layer1.0.relu',
    'conv: layer1.0.conv2 layer1.0.bn2 layer1.0.add layer1.0.relu_1',
    'conv: layer2.0.conv1 layer2.0.bn1 layer2.0.relu',
    'conv: layer2.0.downsample.0 layer2.0.downsample.1',
    'conv: layer2.0.conv2 layer2.0.bn2 layer2.0.add layer2.0.relu_1',
    'global-avgpool: avgpool',
  ]);
});

describe('architecture', () => {
  test.each<[string, TinyResNet]>([
    ['ResNet-18', BASIC],
    ['ResNet-34', { blocks: [3, 4, 6, 3], width: 1 }],
    ['ResNet-50', { blocks: [3, 4, 6, 3], width: 1, expansion: 4 }],
    ['ResNet-101', { blocks: [3, 4, 23, 3], width: 1, expansion: 4 }],
    ['ResNet-152', { blocks: [3, 8, 36, 3], width: 1, expansion: 4 }],
    ['Wide ResNet-50-2', { blocks: [3, 4, 6, 3], width: 1, expansion: 2 }],
    ['ResNeXt-50 2×1d', { blocks: [3, 4, 6, 3], width: 2, expansion: 2, groups: 2 }],
    ['ResNet-20', { blocks: [3, 3, 3], downsample: false }],
    ['ResNet-110', { blocks: [18, 18, 18], width: 1, downsample: false }],
    ['ResNet [1, 2]', { blocks: [1, 2] }],
    ['ResNet [2, 1, 1, 1, 1]', { blocks: [2, 1, 1, 1, 1], width: 1, expansion: 3 }],
  ])('%s', async (family, tiny) => {
    const { graph, facts } = await load(tiny, { size: 32 });
    expect(graph.family).toBe(family);
    expect(facts.family).toBe(family);
  });

  // torchvision's documented sizes: 11,689,512 and 25,557,032 parameters, 1.814 and 4.089 thousand million multiply-adds.
  test.each([
    ['ResNet-18', [2, 2, 2, 2], undefined, 512, 11_689_512, 1.814],
    ['ResNet-34', [3, 4, 6, 3], undefined, 512, 21_797_672, 3.664],
    ['ResNet-50', [3, 4, 6, 3], 4, 2048, 25_557_032, 4.089],
  ] as const)(
    '%s of full width has the known parameters and multiply-adds',
    async (name, blocks, expansion, features, parameters, gmac) => {
      const shapes = fullWidth(blocks, expansion).set('fc.weight', [1000, features]).set('fc.bias', [1000]);
      const { graph, facts, preprocessing } = await loadModel({
        name: 'full.safetensors',
        tensors: new Map([...shapes].map(([tensor, shape]) => [tensor, { shape }])),
        readF32: async (tensor) => new Float32Array(shapes.get(tensor)!.reduce((size, length) => size * length, 1)),
      });
      expect(facts).toMatchObject({ family: name, parameters });
      const { totals } = describeGraph(graph);
      expect(totals.parameters).toBe(parameters);
      expect(totals.multiplyAdds / 1e9).toBeCloseTo(gmac, 3);
      expect(preprocessing).toEqual({
        size: 224,
        resize: 256,
        interpolation: 'bilinear',
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      });
    },
  );

  test('a grouped convolution is told by the channels that it reads', async () => {
    const { graph } = await load({ blocks: [1], width: 6, expansion: 2, groups: 3 });
    expect(graph.nodes.find(({ name }) => name === 'layer1.0.conv2')!.op).toMatchObject({ groups: 3 });
    const plain = await load({ blocks: [1], width: 6, expansion: 2 });
    expect(plain.graph.nodes.find(({ name }) => name === 'layer1.0.conv2')!.op).not.toHaveProperty('groups');
  });

  test.each([1, 7, 32, 33, 47])('any size works: %d', async (size) => {
    for (const tiny of [BASIC, BOTTLENECKS, { blocks: [2, 2, 2], downsample: false }]) {
      const { graph } = await load(tiny, { size });
      expect(inferShapes(graph).get('avgpool')).toMatchObject({ height: 1, width: 1 });
    }
  });

  test('f and g of other depths or strides are refused', async () => {
    const f = await load(BOTTLENECKS);
    expect(() => assertSameArchitecture(f, f)).not.toThrow();
    const deeper = await load({ ...BOTTLENECKS, blocks: [1, 3] });
    expect(() => assertSameArchitecture(f, deeper)).toThrow(
      fails('SHAPE_MISMATCH', 'f is a ResNet [1, 2], g a ResNet [1, 3]'),
    );
    const early = await load(BOTTLENECKS, { stride: '1x1' });
    expect(() => assertSameArchitecture(f, early)).toThrow(fails('SHAPE_MISMATCH', 'layer2.0.conv1 is'));
  });
});

describe('stem', () => {
  const opOf = async (node: string, ...[tiny, options]: Parameters<typeof load>) =>
    (await load(tiny, options)).graph.nodes.find(({ name }) => name === node)?.op;

  test('7×7 of stride 2 with pooling, or 3×3 of stride 1 without, by the kernel of conv1', async () => {
    expect(await opOf('conv1', { kernel: 7 })).toMatchObject({ kernel: 7, stride: 2, padding: 3 });
    expect(await opOf('maxpool', { kernel: 7 })).toEqual({ kind: 'maxpool', kernel: 3, stride: 2, padding: 1 });
    expect(await opOf('conv1', { kernel: 3 })).toMatchObject({ kernel: 3, stride: 1, padding: 1 });
    expect(await opOf('maxpool', { kernel: 3 })).toBeUndefined();
  });

  test("a 3×3 one reads CIFAR's 32 × 32 pixels, unless told otherwise", async () => {
    expect((await load()).preprocessing).toEqual({
      size: 32,
      interpolation: 'bilinear',
      mean: [0.4914, 0.4822, 0.4465],
      std: [0.247, 0.2435, 0.2616],
    });
    expect((await load({}, { size: 64 })).preprocessing.size).toBe(64);
  });

  test("said to be ImageNet's, a 3×3 one has stride 2 and pooling", async () => {
    expect(await opOf('conv1', {}, { stem: 'imagenet' })).toMatchObject({ kernel: 3, stride: 2, padding: 1 });
    expect(await opOf('maxpool', {}, { stem: 'imagenet' })).toEqual({
      kind: 'maxpool',
      kernel: 3,
      stride: 2,
      padding: 1,
    });
    expect(await opOf('conv1', { kernel: 7 }, { stem: 'imagenet' })).toMatchObject({ kernel: 7, stride: 2 });
  });

  test("a 7×7 one cannot be CIFAR's; other kernels are refused", async () => {
    await expect(load({ kernel: 7 }, { stem: 'cifar' })).rejects.toThrow(
      fails('BAD_OPTION', "tiny.safetensors: stem 'cifar' is a 3×3 convolution without pooling, but conv1 is 7×7"),
    );
    await expect(load({ kernel: 5 })).rejects.toThrow(
      fails('SHAPE_MISMATCH', 'conv1.weight has shape [4, 3, 5, 5], expected a kernel of 7×7 or 3×3'),
    );
  });
});

describe('stride of a stage', () => {
  const strides = ({ graph }: Awaited<ReturnType<typeof load>>) =>
    graph.nodes.flatMap(({ name, op }) => (op.kind === 'conv' && op.stride === 2 ? [name] : []));

  test('is on the 3×3 of a bottleneck, or on its first 1×1 where so said', async () => {
    expect(strides(await load(BOTTLENECKS))).toEqual(['conv1', 'layer2.0.conv2', 'layer2.0.downsample.0']);
    const early = strides(await load(BOTTLENECKS, { stride: '1x1' }));
    expect(early).toEqual(['conv1', 'layer2.0.conv1', 'layer2.0.downsample.0']);
  });

  test('is on the first of two 3×3, of which none is a 1×1', async () => {
    expect(strides(await load({}, { stride: '3x3' }))).toEqual(['layer2.0.conv1', 'layer2.0.downsample.0']);
    await expect(load({}, { stride: '1x1' })).rejects.toThrow(fails('BAD_OPTION', "stride '1x1' is for bottlenecks"));
  });
});

describe('a shortcut without parameters', () => {
  const tiny = { blocks: [1, 1, 1], downsample: false };

  test('takes every second position and pads zero channels, half on each side', async () => {
    const { graph, parameters } = await load(tiny);
    const at = graph.nodes.find(({ name }) => name === 'layer2.0.downsample')!;
    expect(at.op).toEqual({ kind: 'shortcut-pad', out: 8, stride: 2 });
    const values = runGraphF64(graph, parameters, Float64Array.from({ length: 32 * 32 * 3 }, uniform(3)), 1);
    const [from, to] = [values.get('layer1.0.relu_1')!, values.get('layer2.0.downsample')!];
    const [y, x] = [5, 9];
    expect([...to.slice((y * 16 + x) * 8, (y * 16 + x + 1) * 8)]).toEqual([
      ...[0, 0],
      ...from.slice((2 * y * 32 + 2 * x) * 4, (2 * y * 32 + 2 * x + 1) * 4),
      ...[0, 0],
    ]);
  });

  test('is no way out for bottlenecks, or with an ImageNet stem', async () => {
    const missing = fails('MISSING_TENSOR', 'tiny.safetensors: is a ResNet without layer2.0.downsample.0.weight');
    await expect(load({ ...tiny, kernel: 7 })).rejects.toThrow(missing);
    const narrow = { ...tiny, expansion: 1, blocks: [1, 1] };
    await expect(load(narrow)).rejects.toThrow(missing);
  });
});

describe('what is wrong with a file is said', () => {
  const spoiled = (change: (tensors: ReturnType<typeof tinyResNetTensors>) => void, tiny: TinyResNet = BOTTLENECKS) => {
    const tensors = tinyResNetTensors(1, tiny);
    change(tensors);
    return loadModel(weightsOf(tensors));
  };

  test.each<[string, number[], string]>([
    ['layer1.0.conv1.weight', [4, 5, 1, 1], '[4, 5, 1, 1], expected [4, 4, 1, 1]'],
    ['layer1.0.conv2.weight', [4, 3, 3, 3], '[4, 3, 3, 3], expected [4, 4, 3, 3]'],
    ['layer1.0.conv2.weight', [4, 0, 3, 3], '[4, 0, 3, 3], expected [4, 4, 3, 3]'],
    ['layer1.0.conv3.weight', [16], '[16], expected 4 axes'],
    ['layer2.0.downsample.1.bias', [3], '[3], expected [32]'],
    ['layer2.0.downsample.0.weight', [32, 16, 3, 3], '[32, 16, 3, 3], expected [32, 16, 1, 1]'],
    ['conv1.weight', [4, 1, 7, 7], '[4, 1, 7, 7], expected [4, 3, 7, 7]'],
    ['conv1.weight', [4], '[4], expected a kernel'],
  ])('%s of shape %j', async (name, shape, message) => {
    const promise = spoiled((tensors) => tensors.set(name, zeros(...shape)));
    await expect(promise).rejects.toThrow(fails('SHAPE_MISMATCH', `tiny.safetensors: ${name} has shape`));
    await expect(promise).rejects.toThrow(message);
  });

  test.each([
    'layer2.1.conv1.weight',
    'layer1.0.bn3.running_var',
    'layer1.0.conv3.weight',
    'layer2.0.downsample.1.bias',
  ])('a ResNet without %s', async (name) => {
    const promise = spoiled((tensors) => tensors.delete(name));
    await expect(promise).rejects.toThrow(fails('MISSING_TENSOR', `tiny.safetensors: is a ResNet without ${name}`));
  });

  test.each([
    ['layer2.1.', [1, 3]],
    ['layer2.0.', [1, 2]],
    ['layer2.', [1, 1, 1]],
  ])('a ResNet without all of %s', async (module, blocks) => {
    const promise = spoiled(
      (tensors) => {
        for (const name of [...tensors.keys()]) if (name.startsWith(module)) tensors.delete(name);
      },
      { blocks },
    );
    const first = module.split('.').length > 2 ? module : `${module}0.`;
    await expect(promise).rejects.toThrow(fails('MISSING_TENSOR', `is a ResNet without ${first}conv1.weight`));
  });

  test.each([
    ['squeeze and excitation', 'layer1.0.se.fc1.weight', 4],
    ['a further convolution', 'layer1.0.conv4.weight', 4],
  ])('a ResNet with %s is another network', async (_, name, rank) => {
    const promise = spoiled((tensors) => tensors.set(name, zeros(...Array<number>(rank).fill(1))));
    await expect(promise).rejects.toThrow(fails('UNKNOWN_ARCHITECTURE', `is like a ResNet but also has ${name}`));
  });

  test('so is one with a deep stem', async () => {
    const promise = spoiled((tensors) => {
      for (const i of [0, 3, 6]) tensors.set(`conv1.${i}.weight`, zeros(4, 3, 3, 3));
      tensors.delete('conv1.weight');
    });
    await expect(promise).rejects.toThrow(fails('UNKNOWN_ARCHITECTURE', 'Nearest is ResNet with 59 of 60 tensors'));
    await expect(promise).rejects.toThrow('missing: conv1.weight; not expected: conv1.0.weight');
  });

  test('so is one that averages in its shortcut', async () => {
    const promise = spoiled((tensors) => {
      const shortcuts = [...tensors].filter(([name]) => name.includes('.downsample.'));
      for (const [name] of shortcuts) tensors.delete(name);
      for (const [name, tensor] of shortcuts)
        tensors.set(name.replace('downsample.1', 'downsample.2').replace('downsample.0', 'downsample.1'), tensor);
    });
    await expect(promise).rejects.toThrow(
      fails('UNKNOWN_ARCHITECTURE', 'is like a ResNet without layer1.0.downsample.0.weight'),
    );
    await expect(promise).rejects.toThrow('layer1.0.downsample.2.weight');
  });
});

/** Shapes of a ResNet of 64 to 512 channels, by those of one a 64th as wide. */
function fullWidth(blocks: readonly number[], expansion?: number): Map<string, readonly number[]> {
  const tiny = tinyResNetTensors(1, { blocks, width: 1, kernel: 7, ...(expansion && { expansion }) });
  const isChannels = (name: string, axis: number) => axis === 0 || (axis === 1 && name !== 'conv1.weight');
  return new Map(
    [...tiny].map(([name, { shape }]) => [
      name,
      shape.map((length, axis) => (isChannels(name, axis) ? 64 * length : length)),
    ]),
  );
}
