import { describe, expect, test } from 'vitest';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import { predecessors, resolveTaps } from '../../src/graph/taps.js';
import { loadModel } from '../../src/models/load.js';
import { nchwToNhwc, nhwcToNchw, runGraphF64 } from '../reference/forward.js';
import { type Spec, seeded } from '../reference/seeded-weights.js';
import { renamed, weightsOf, zeros } from './tiny.js';

/** Channels of convolutions, `M` a pool, as torchvision writes them. */
type Layers = readonly (number | 'M')[];

const TINY: Layers = [5, 'M', 6, 7, 'M', 9, 'M'];
const SIZE = 18;

/** Tensors of `make_layers(layers, batch_norm=True)` under torchvision's names. */
function* featuresOf(layers: Layers): Generator<Spec> {
  let [at, channels] = [0, 3];
  for (const out of layers) {
    if (out !== 'M') {
      yield [`features.${at}.weight`, [out, channels, 3, 3], 0, Math.sqrt(6 / (9 * channels))];
      yield [`features.${at}.bias`, [out], 0, 0.35];
      yield [`features.${at + 1}.weight`, [out], 1, 0.5];
      yield [`features.${at + 1}.bias`, [out], 0, 0.35];
      yield [`features.${at + 1}.running_mean`, [out], 0, 0.5];
      yield [`features.${at + 1}.running_var`, [out], 1.15, 0.85];
      channels = out;
    }
    at += out === 'M' ? 1 : 3;
  }
}

const vgg = (layers: Layers) => seeded('vgg', featuresOf(layers)).tensors;
const classifier = (...shape: [number, number]) =>
  new Map([
    ['classifier.weight', zeros(...shape)],
    ['classifier.bias', zeros(shape[0])],
  ]);

/**
 * torchvision 0.14's VGG of these layers in float64 by PyTorch 1.13, on the input `Spec` below: node, shape, largest
 * absolute value, mean, and the values at 0, ¼, ½, ¾ and 1 of the way through it, row-major.
 */
const TORCHVISION: readonly (readonly [string, readonly number[], number, number, readonly number[]])[] = [
  [
    'features.0',
    [5, 18, 18],
    4.76411057,
    0.0808320651,
    [0.578913212, 2.63864422, -0.0875606537, 0.212359905, 1.78630519],
  ],
  ['features.1', [5, 18, 18], 7.22888875, 0.196965001, [0.177557448, 4.80704246, 0.153113105, 0.262528569, 1.32596358]],
  ['features.2', [5, 18, 18], 7.22888875, 0.664294368, [0.177557448, 4.80704246, 0.153113105, 0.262528569, 1.32596358]],
  ['features.3', [5, 9, 9], 7.22888875, 1.65524893, [0.453506553, 2.17469664, 1.63891739, 0, 1.32596358]],
  [
    'features.4',
    [6, 9, 9],
    6.77636548,
    -1.36450188,
    [-1.44607828, -3.15864264, -1.33893904, -1.75696879, -0.0871452931],
  ],
  [
    'features.5',
    [6, 9, 9],
    7.1872758,
    -0.947775619,
    [-2.10525218, -2.75440922, -0.582134502, -0.752825329, -0.852245628],
  ],
  ['features.6', [6, 9, 9], 7.1872758, 0.661633709, [0, 0, 0, 0, 0]],
  ['features.7', [7, 9, 9], 6.46052264, 0.061110556, [-2.66772723, -1.54545449, 2.08452626, -2.64588456, 0.666133214]],
  ['features.8', [7, 9, 9], 6.11384126, -0.214814632, [-2.71364074, -2.34415135, 1.39024107, -2.27571655, 0.52810296]],
  ['features.9', [7, 9, 9], 5.67704206, 0.580895357, [0, 0, 1.39024107, 0, 0.52810296]],
  ['features.10', [7, 4, 4], 5.67704206, 1.15099897, [0.21851838, 0, 2.53533299, 0.460853769, 1.061367]],
  ['features.11', [9, 4, 4], 3.77898493, 0.376865327, [-0.382390421, 1.23809911, -1.36409336, 3.05272183, -1.62997177]],
  ['features.12', [9, 4, 4], 4.60692539, 0.360846561, [-0.40209497, 1.01018657, -1.21774678, 2.641215, -3.25535832]],
  ['features.13', [9, 4, 4], 3.84646106, 0.947368638, [0, 1.01018657, 0, 2.641215, 0]],
  ['features.14', [9, 2, 2], 3.84646106, 1.80843337, [1.18207861, 2.96745165, 1.04358665, 3.31537628, 3.27471474]],
  ['pooled', [9], 3.04795535, 1.80843337, [0.554005488, 2.5182689, 0.86740698, 3.04795535, 2.18753315]],
];
const INPUT: Spec = ['input', [1, 3, SIZE, SIZE], 0, 2];

test("every node agrees with torchvision's to 1e-6 of its largest value", async () => {
  const { graph, parameters, facts } = await loadModel(weightsOf(vgg(TINY)), { size: SIZE });
  expect(facts).toMatchObject({ family: 'VGG [1, 2, 1]', map: 'torchvision', ignored: [] });
  const { data } = seeded('input', [INPUT]).tensors.get('input')!;
  const values = runGraphF64(graph, parameters, nchwToNhwc(data, 1, graph.input), 1);
  const shapes = inferShapes(graph);
  expect([...values.keys()]).toEqual(TORCHVISION.map(([node]) => node));
  for (const [node, shape, largest, mean, sampled] of TORCHVISION) {
    expect(reportShape(shapes.get(node)!), node).toEqual(shape);
    const found = nhwcToNchw(values.get(node)!, 1, shapes.get(node)!);
    const at = sampled.map((_, i) => Math.floor((i * (found.length - 1)) / (sampled.length - 1)));
    const sum = found.reduce((total, value) => total + value, 0);
    const all = [sum / found.length, ...at.map((i) => found[i]!)];
    const errors = [mean, ...sampled].map((value, i) => Math.abs(value - all[i]!));
    expect(Math.max(...errors) / largest, node).toBeLessThan(1e-6);
  }
});

test('default taps are all ReLUs and the pooled features, each against the one before; the ReLUs lead UnitMem', async () => {
  const { graph, defaultTaps, headline } = await loadModel(weightsOf(vgg(TINY)), { size: SIZE });
  expect(headline).toEqual(['features.2', 'features.6', 'features.9', 'features.13']);
  expect(defaultTaps).toEqual([...headline, 'pooled']);
  expect([...predecessors(graph, defaultTaps).values()]).toEqual([null, ...defaultTaps.slice(0, -1)]);
});

test('labels count blocks and the convolutions in each', async () => {
  const { graph } = await loadModel(weightsOf(vgg(TINY)), { size: SIZE });
  const labels = graph.nodes.filter(({ op }) => op.kind === 'conv' || op.kind === 'maxpool').map(({ label }) => label);
  expect(labels).toEqual(['conv1-1', 'max pool 1', 'conv2-1', 'conv2-2', 'max pool 2', 'conv3-1', 'max pool 3']);
});

test.each<[string, number, Layers]>([
  ['VGG-11', 11, [1, 'M', 1, 'M', 1, 1, 'M', 1, 1, 'M', 1, 1, 'M']],
  ['VGG-16', 16, [1, 1, 'M', 1, 1, 'M', 1, 1, 1, 'M', 1, 1, 1, 'M', 1, 1, 1, 'M']],
])("%s at 224 ends in a map of 7 × 7, which is torchvision's avgpool", async (family, _, layers) => {
  const { graph, facts, preprocessing } = await loadModel(weightsOf(vgg(layers)));
  expect(facts.family).toBe(family);
  expect(preprocessing).toMatchObject({ size: 224, resize: 256, interpolation: 'bilinear' });
  const [avgpool] = resolveTaps(graph, ['avgpool']);
  expect(reportShape(inferShapes(graph).get(avgpool!)!)).toEqual([1, 7, 7]);
});

describe('classifiers', () => {
  const layers: Layers = [4, 'M', 4, 'M', 4, 'M', 4, 'M', 6, 'M'];

  test("pytorch-cifar's is the node fc, its input that of CIFAR", async () => {
    const file = weightsOf(new Map([...vgg(layers), ...classifier(10, 6)]));
    const { graph, facts, preprocessing } = await loadModel(file);
    expect(facts).toMatchObject({ map: 'pytorch-cifar', ignored: [] });
    expect(graph.nodes.at(-1)).toMatchObject({ name: 'fc', inputs: ['pooled'], op: { kind: 'linear', out: 10 } });
    expect(preprocessing).toMatchObject({ size: 32, std: [0.2023, 0.1994, 0.201] });
    expect(preprocessing).not.toHaveProperty('resize');
    expect((await loadModel(file, { size: 64 })).graph.nodes.at(-1)!.name).toBe('pooled');
  });

  test.each([
    ['of three layers at 224 pixels', 'classifier.', [8, 6 * 49], 224],
    ['of three layers at 32 pixels', 'classifier.', [8, 6], 32],
    ['of timm, which begins with convolutions', 'pre_logits.fc', [8, 6, 7, 7], 224],
  ] as const)('one %s is ignored, and tells the size', async (_, start, first, size) => {
    const head = new Map([
      [`${start}0.weight`, zeros(...first)],
      [`${start}0.bias`, zeros(8)],
      [`${start}3.weight`, zeros(8, 8)],
      [`${start}3.bias`, zeros(8)],
    ]);
    const { graph, facts, preprocessing } = await loadModel(weightsOf(new Map([...vgg(layers), ...head])));
    expect(graph.nodes.at(-1)!.name).toBe('pooled');
    expect(facts).toMatchObject({ map: 'torchvision', ignored: [...head.keys()] });
    expect(preprocessing.size).toBe(size);
  });
});

test('counters and wrappers change nothing', async () => {
  const tensors = new Map([...vgg(TINY), ['features.1.num_batches_tracked', zeros()] as const]);
  const wrapped = renamed(tensors, (name) => `module.encoder.${name}`);
  const [plain, other] = [await loadModel(weightsOf(vgg(TINY))), await loadModel(weightsOf(wrapped))];
  expect(other.parameters).toEqual(plain.parameters);
  expect(other.facts).toMatchObject({
    map: "torchvision (under 'encoder.')",
    ignored: ['module.encoder.features.1.num_batches_tracked'],
  });
});

describe('refused', () => {
  const fails = (code: string, message: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(message) });
  const without = (name: string) => new Map([...vgg(TINY)].filter(([tensor]) => tensor !== name));

  test.each([
    ['no norm of a middle layer', without('features.5.running_var'), 'MISSING_TENSOR', 'features.5.running_var'],
    ['no weight of a middle layer', without('features.4.weight'), 'UNKNOWN_ARCHITECTURE', 'also has features.4.bias'],
    [
      'kernels of 5 × 5',
      new Map([...vgg(TINY), ['features.0.weight', zeros(5, 3, 5, 5)]]),
      'SHAPE_MISMATCH',
      'expected [5, 3, 3, 3]',
    ],
    [
      'a further layer',
      new Map([...vgg(TINY), ['features.19.weight', zeros(4)]]),
      'UNKNOWN_ARCHITECTURE',
      'also has features.19.weight',
    ],
  ])('%s', async (_, tensors, code, message) => {
    await expect(loadModel(weightsOf(tensors))).rejects.toThrow(fails(code, message));
  });

  test('images that the pools leave nothing of', async () => {
    await expect(loadModel(weightsOf(vgg(TINY)), { size: 7 })).rejects.toThrow(fails('BAD_OPTION', '7 × 7 pixels'));
  });
});
