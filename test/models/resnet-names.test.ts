import { describe, expect, test } from 'vitest';
import { loadModel } from '../../src/models/load.js';
import { recognise } from '../../src/models/recognise.js';
import type { RefTensor } from '../reference/safetensors.js';
import { type TinyResNet, tinyResNetTensors } from '../reference/tiny-resnet.js';
import { renamed, weightsOf, zeros } from './tiny.js';

/** What a file holds beside the encoder: names with shapes. */
type Others = Readonly<Record<string, readonly number[]>>;

interface Case {
  readonly file: string;
  readonly rename: (torchvision: string) => string;
  readonly others?: Others;
  readonly tiny?: TinyResNet;
  /** What is said about it. */
  readonly map: string;
  readonly training?: string;
  readonly preprocessing?: Readonly<Record<string, unknown>>;
}

const under = (prefix: string) => (name: string) => prefix + name;
const linear = (name: string, out: number, from: number): Others => ({ [`${name}.weight`]: [out, from] });
const norm = (name: string, channels: number): Others =>
  Object.fromEntries(['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [channels]]));
/** Linear layers and normalisations of an MLP in a Sequential, by index. */
const mlp = (name: string, linears: readonly number[], norms: readonly number[]): Others => ({
  ...Object.assign({}, ...linears.map((i) => linear(`${name}.${i}`, 8, 8))),
  ...Object.assign({}, ...norms.map((i) => norm(`${name}.${i}`, 8))),
});

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const CIFAR = { size: 32, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };
const NONE = { mean: [0, 0, 0], std: [1, 1, 1] };

const huggingFace = (name: string) =>
  name
    .replace(/^conv1\./, 'embedder.embedder.convolution.')
    .replace(/^bn1\./, 'embedder.embedder.normalization.')
    .replace(/^layer1\.(\d)\./, 'encoder.stages.0.layers.$1.')
    .replace(/^layer2\.(\d)\./, 'encoder.stages.1.layers.$1.')
    .replace('downsample.0.', 'shortcut.convolution.')
    .replace('downsample.1.', 'shortcut.normalization.')
    .replace('.conv1.', '.layer.0.convolution.')
    .replace('.conv2.', '.layer.1.convolution.')
    .replace('.conv3.', '.layer.2.convolution.')
    .replace('.bn1.', '.layer.0.normalization.')
    .replace('.bn2.', '.layer.1.normalization.')
    .replace('.bn3.', '.layer.2.normalization.');

const sequential = (prefix: string, first: number) => (name: string) =>
  prefix +
  name
    .replace(/^conv1/, '0')
    .replace(/^bn1/, '1')
    .replace(/^layer1/, String(first))
    .replace(/^layer2/, String(first + 1));

const CASES: readonly Case[] = [
  {
    file: 'torchvision',
    rename: under(''),
    others: { ...linear('fc.0', 4, 4), 'layer1.0.bn1.num_batches_tracked': [] },
    map: 'torchvision',
    preprocessing: CIFAR,
  },
  { file: 'a compiled model in parallel', rename: under('_orig_mod.module.'), map: 'torchvision' },
  { file: "VISSL's trunk", rename: under('_feature_blocks.'), map: "torchvision (under '_feature_blocks.')" },
  {
    file: "a LightningModule's encoder",
    rename: under('model.net.'),
    others: linear('head', 2, 2),
    map: "torchvision (under 'model.net.')",
  },
  {
    file: 'VICReg',
    rename: under('module.backbone.'),
    others: mlp('module.projector', [0, 3, 6], [1, 4]),
    map: "torchvision (under 'backbone.')",
  },
  {
    file: 'MoCo v1',
    rename: under('module.encoder_q.'),
    others: {
      ...linear('module.encoder_q.fc', 128, 8),
      'module.encoder_q.fc.bias': [128],
      'module.queue': [128, 64],
      'module.queue_ptr': [1],
    },
    map: "MoCo (under 'encoder_q.')",
    training: 'MoCo',
  },
  {
    file: 'MoCo v2',
    rename: under('module.encoder_q.'),
    tiny: { kernel: 7, expansion: 4 },
    others: { ...mlp('module.encoder_q.fc', [0, 2], []), 'module.queue': [128, 64] },
    map: "MoCo (under 'encoder_q.')",
    training: 'MoCo',
    preprocessing: { size: 224, resize: 256, ...IMAGENET },
  },
  {
    file: 'MoCo v3',
    rename: under('module.base_encoder.'),
    others: { ...mlp('module.base_encoder.fc', [0, 3], [1, 4]), ...mlp('module.predictor', [0, 3], [1, 4]) },
    map: "MoCo v3 (under 'base_encoder.')",
    training: 'MoCo v3',
  },
  {
    file: 'SimSiam',
    rename: under('module.encoder.'),
    others: { ...mlp('module.encoder.fc', [0, 3, 6], [1, 4, 7]), ...mlp('module.predictor', [0, 3], [1]) },
    map: "SimSiam (under 'encoder.')",
    training: 'SimSiam',
  },
  {
    file: 'SwAV',
    rename: under('module.'),
    others: { ...mlp('module.projection_head', [0, 3], [1]), ...linear('module.prototypes', 30, 8) },
    map: 'SwAV',
    training: 'SwAV',
  },
  {
    file: 'Barlow Twins',
    rename: under('module.backbone.'),
    others: {
      ...mlp('module.projector', [0, 3, 6], [1, 4]),
      'module.bn.running_mean': [8],
      'module.bn.running_var': [8],
    },
    map: "Barlow Twins (under 'backbone.')",
    training: 'Barlow Twins',
  },
  {
    file: "DINO's teacher",
    rename: under('backbone.'),
    tiny: { kernel: 7, expansion: 4 },
    others: {
      ...mlp('head.mlp', [0, 2, 4], []),
      'head.last_layer.weight_g': [8, 1],
      'head.last_layer.weight_v': [8, 4],
    },
    map: "DINO (under 'backbone.')",
    training: 'DINO',
    preprocessing: { size: 224, resize: 256, interpolation: 'bicubic' },
  },
  {
    file: 'SimCLR by Spijkervet',
    rename: under('encoder.'),
    others: mlp('projector', [0, 2], []),
    map: "SimCLR (Spijkervet) (under 'encoder.')",
    training: 'SimCLR',
    preprocessing: { size: 32, ...NONE },
  },
  {
    file: 'SimCLR by sthalles',
    rename: under('backbone.'),
    tiny: { kernel: 7 },
    others: mlp('backbone.fc', [0, 2], []),
    map: "SimCLR (sthalles) (under 'backbone.')",
    training: 'SimCLR',
    preprocessing: NONE,
  },
  {
    file: 'lightly',
    rename: sequential('backbone.', 4),
    others: { ...mlp('projection_head.layers', [0, 3], [1]), 'criterion.bank': [2, 2] },
    map: "children (under 'backbone.')",
  },
  {
    file: 'a Sequential without pooling',
    rename: sequential('module.f.', 3),
    others: mlp('module.g', [0, 3], [1]),
    map: "children without pooling (under 'f.')",
  },
  { file: 'a bare Sequential', rename: sequential('', 4), map: 'children' },
  {
    file: "Hugging Face's ResNetModel",
    rename: huggingFace,
    tiny: { kernel: 7, expansion: 4 },
    map: 'Hugging Face',
    preprocessing: { size: 224, interpolation: 'bicubic', ...IMAGENET },
  },
  { file: "pytorch-cifar's", rename: (name) => name.replace('downsample', 'shortcut'), map: 'pytorch-cifar' },
];

describe.each(CASES)('$file', ({ rename, others = {}, tiny = {}, map, training, preprocessing }) => {
  const original = tinyResNetTensors(1, tiny);
  const tensors = renamed(original, rename);
  for (const [name, shape] of Object.entries(others)) tensors.set(name, zeros(...shape));
  // A counter of 0 would tell that nothing was trained.
  for (const [name, { data }] of tensors) if (name.endsWith('num_batches_tracked')) data.fill(1);

  test('is read as torchvision would name it; the rest is ignored', async () => {
    const plain = await loadModel(weightsOf(original));
    const found = await loadModel(weightsOf(tensors));
    expect(found.graph).toEqual(plain.graph);
    expect(found.parameters).toEqual(plain.parameters);
    expect(found.facts).toMatchObject({ map, ignored: Object.keys(others) });
    expect(found.facts.training).toBe(training);
    if (preprocessing) expect(found.preprocessing).toMatchObject(preprocessing);
    expect(found.notes).toEqual([]);
  });
});

describe('a classifier', () => {
  const tiny = { classes: 10, downsample: false, blocks: [3, 3, 3] };
  const linearNamed = (tensors: ReadonlyMap<string, RefTensor>) =>
    renamed(tensors, (name) => `module.${name.replace('fc.', 'linear.')}`);

  test("of pytorch_resnet_cifar10 is the node fc; its images are CIFAR's with ImageNet's statistics", async () => {
    const { graph, facts, preprocessing } = await loadModel(weightsOf(linearNamed(tinyResNetTensors(1, tiny))));
    expect(graph.nodes.at(-1)).toMatchObject({ name: 'fc', op: { kind: 'linear', out: 10 } });
    expect(facts).toMatchObject({
      family: 'ResNet-20',
      map: 'pytorch_resnet_cifar10',
      training: 'supervision',
      ignored: [],
    });
    expect(preprocessing).toMatchObject({ size: 32, ...IMAGENET });
  });

  test("of Hugging Face's task models is the node fc too", async () => {
    const tensors = renamed(tinyResNetTensors(1, { classes: 10 }), (name) =>
      name.startsWith('fc.') ? name.replace('fc', 'classifier.1') : `resnet.${huggingFace(name)}`,
    );
    const { graph, facts } = await loadModel(weightsOf(tensors));
    expect(graph.nodes.at(-1)!.name).toBe('fc');
    expect(facts).toMatchObject({ map: 'Hugging Face', ignored: [] });
  });

  test('of another width, or one that is a projector, is none', async () => {
    const wrong = tinyResNetTensors(1, { classes: 10 }).set('fc.weight', zeros(10, 5));
    const { graph, facts } = await loadModel(weightsOf(wrong));
    expect(graph.nodes.at(-1)!.name).toBe('avgpool');
    expect(facts.ignored).toEqual(['fc.weight', 'fc.bias']);
    const projector = renamed(tinyResNetTensors(1, { classes: 128 }), under('module.encoder_q.'));
    expect((await loadModel(weightsOf(projector))).graph.nodes.at(-1)!.name).toBe('avgpool');
  });
});

describe('of two copies in one file, the one that was trained is read, of DINO the teacher', () => {
  test.each<[string, string, string, string, Others]>([
    ['MoCo', 'module.encoder_q.', 'module.encoder_k.', "MoCo (under 'encoder_q.')", { 'module.queue': [8, 8] }],
    ['MoCo v3', 'module.base_encoder.', 'module.momentum_encoder.', "MoCo v3 (under 'base_encoder.')", {}],
    ['BYOL', 'online_encoder.net.', 'target_encoder.net.', "BYOL (under 'online_encoder.net.')", {}],
    // `net` is the same module as `online_encoder.net`, registered twice.
    ['BYOL', 'online_encoder.net.', 'net.', "BYOL (under 'online_encoder.net.')", {}],
    [
      'DINO',
      'teacher.backbone.',
      'student.module.backbone.',
      "DINO (under 'teacher.backbone.')",
      { 'teacher.head.last_layer.weight_v': [4, 4] },
    ],
    ['lightly', 'backbone.', 'backbone_momentum.', "torchvision (under 'backbone.')", {}],
    ['an average', 'net.', 'ema.net.', "torchvision (under 'net.')", {}],
  ])('%s: %s, not %s', async (_, trained, other, map, others) => {
    const tensors = renamed(tinyResNetTensors(2), under(other));
    for (const [name, tensor] of renamed(tinyResNetTensors(1), under(trained))) tensors.set(name, tensor);
    for (const [name, shape] of Object.entries(others)) tensors.set(name, zeros(...shape));
    const { facts, parameters } = await loadModel(weightsOf(tensors));
    expect(facts.map).toBe(map);
    expect(facts.ignored.every((name) => !name.startsWith(trained))).toBe(true);
    expect(parameters).toEqual((await loadModel(weightsOf(tinyResNetTensors(1)))).parameters);
  });

  test('two of one kind are refused', async () => {
    const tensors = renamed(tinyResNetTensors(1), under('left.'));
    for (const [name, tensor] of renamed(tinyResNetTensors(2), under('right.'))) tensors.set(name, tensor);
    await expect(recognise(weightsOf(tensors))).rejects.toThrow("holds two encoders, under 'left.' and 'right.'");
  });

  test('so are two under different namings, unless the origin chooses', async () => {
    const child = (name: string) =>
      name
        .replace(/^conv1\./, '0.')
        .replace(/^bn1\./, '1.')
        .replace(/^layer(\d)\./, (_, stage) => `${Number(stage) + 3}.`);
    const tensors = renamed(tinyResNetTensors(1), under('net.'));
    for (const [name, tensor] of renamed(tinyResNetTensors(2), (plain) => `other.${child(plain)}`))
      tensors.set(name, tensor);
    await expect(recognise(weightsOf(tensors))).rejects.toThrow(
      expect.objectContaining({
        message: "tiny.safetensors: holds two encoders, under 'net.' and 'other.'",
        hint: 'Save one encoder alone, or choose by --origin: torchvision, children.',
      }),
    );
    const chosen = await loadModel(weightsOf(tensors), { origin: 'children' });
    expect(chosen.parameters.get('conv1.weight')).toEqual(tinyResNetTensors(2).get('conv1.weight')!.data);
  });
});

describe('solo-learn', () => {
  const others = { ...linear('classifier', 10, 8), 'classifier.bias': [10], ...mlp('projector', [0, 3], [1]) };
  const file = (prefix: string, tiny: TinyResNet = {}) => {
    const tensors = renamed(tinyResNetTensors(1, tiny), under(prefix));
    for (const [name, shape] of Object.entries(others)) tensors.set(name, zeros(...shape));
    return weightsOf(tensors);
  };
  const stemOf = ({ graph }: Awaited<ReturnType<typeof loadModel>>) => graph.nodes[0]!.op;

  test.each(['backbone.', 'encoder.'])('under %j pads a 3×3 stem by 2, and a note says so', async (prefix) => {
    const model = await loadModel(file(prefix));
    expect(model.facts).toMatchObject({ map: `solo-learn (under '${prefix}')`, ignored: Object.keys(others) });
    expect(stemOf(model)).toMatchObject({ kernel: 3, stride: 1, padding: 2 });
    expect(model.notes.map(({ code }) => code)).toEqual(['STEM_PADDING_ASSUMED']);
    expect(model.preprocessing).toMatchObject(CIFAR);
  });

  test("said to have CIFAR's stem, it pads by 1", async () => {
    const model = await loadModel(file('backbone.'), { stem: 'cifar' });
    expect(stemOf(model)).toMatchObject({ padding: 1 });
    expect(model.notes).toEqual([]);
  });

  test('with a 7×7 stem is as any other', async () => {
    const model = await loadModel(file('backbone.', { kernel: 7 }));
    expect(stemOf(model)).toMatchObject({ kernel: 7, stride: 2, padding: 3 });
    expect(model.notes).toEqual([]);
    expect(model.preprocessing).toMatchObject({ size: 224, ...IMAGENET });
  });
});

test("lightly's own small ResNet, a Sequential without its first ReLU, is another network", async () => {
  const tensors = renamed(tinyResNetTensors(1, { blocks: [1, 1, 1, 1] }), (name) =>
    name
      .replace(/^conv1/, '0')
      .replace(/^bn1/, '1')
      .replace(/^layer(\d)/, (_, stage) => String(Number(stage) + 1))
      .replace('downsample', 'shortcut'),
  );
  await expect(recognise(weightsOf(tensors))).rejects.toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_ARCHITECTURE',
      message: expect.stringContaining('2.0.conv1.weight'),
      hint: expect.stringMatching(/^It is laid out as lightly's own ResNet for CIFAR.*memgpu does not compute it/),
    }),
  );
});
