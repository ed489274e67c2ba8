import { describe, expect, test } from 'vitest';
import { makePlan } from '../../src/graph/plan.js';
import { predecessors, resolveTaps } from '../../src/graph/taps.js';
import { loadModel } from '../../src/models/load.js';
import { assertSameArchitecture } from '../../src/models/same-architecture.js';
import { stepsOf } from '../graph/small-graphs.js';
import { runGraphF64 } from '../reference/forward.js';
import { tinyResNet9, tinyResNet9Tensors, uniform } from '../reference/tiny-resnet9.js';
import { weightsOf } from './tiny.js';

const load = (...tiny: Parameters<typeof tinyResNet9Tensors>) => loadModel(weightsOf(tinyResNet9Tensors(...tiny)));
const BLOCKS = [
  'prep',
  'layer1_head',
  'layer1_residual1',
  'layer1_residual2',
  'layer2',
  'layer3_head',
  'layer3_residual1',
  'layer3_residual2',
];
const DEFAULTS = [
  ...BLOCKS.slice(0, 4).map((block) => `${block}.relu`),
  'add',
  ...BLOCKS.slice(4).map((block) => `${block}.relu`),
  'add_1',
  'pooled',
];

describe('nodes', () => {
  test('default taps are the eight ReLUs, both sums and the pooled features; the ReLUs lead UnitMem', async () => {
    const { defaultTaps, headline } = await load(1, 4, { classes: 3 });
    expect(defaultTaps).toEqual(DEFAULTS);
    expect(headline).toEqual(BLOCKS.map((block) => `${block}.relu`));
  });

  test("the paper's rows are the raw convolutions and the sums, in Table 1's order", async () => {
    const { graph } = await load(1);
    const rows = resolveTaps(graph, ['*.conv', 'add', 'add_1']);
    const labels = rows.map((row) => graph.nodes.find(({ name }) => name === row)!.label);
    expect(labels).toEqual(['1', '2', '3', '4', 'Res2', '5', '6', '7', '8', 'Res6']);
    // Each row's Δ is against the row above (Tables 1 and 18).
    expect([...predecessors(graph, rows).values()]).toEqual([null, ...rows.slice(0, -1)]);
  });

  test('other nodes say what they are', async () => {
    const { graph } = await load(1, 4, { classes: 3 });
    const label = (node: string) => graph.nodes.find(({ name }) => name === node)!.label;
    expect(label('layer3_residual2.relu')).toBe('conv 4-2 after ReLU');
    expect(label('layer2.batch')).toBe('conv 3 after BatchNorm');
    expect(label('prep.pool')).toBe('conv 1 after max pooling');
    expect(label('pooled')).toBe('max pool of Res6');
    expect(label('fc')).toBe('classifier');
  });

  test.each([
    ['prep', 'prep.pool'],
    ['layer1_residual2', 'layer1_residual2.relu'],
    ['conv2-1', 'layer1_residual1.conv'],
    ['Res6', 'add_1'],
    ['classifier.2', 'fc'],
  ])('%s is another name of %s', async (alias, name) => {
    expect(resolveTaps((await load(1, 4, { classes: 3 })).graph, [alias])).toEqual([name]);
  });

  test('the default taps leave the classifier out of the plan; naming it brings it in', async () => {
    const { graph, defaultTaps } = await load(1, 4, { classes: 3 });
    const computed = (taps: readonly string[]) => makePlan(graph, { taps }).steps.flatMap(({ nodes }) => nodes);
    expect(computed(defaultTaps)).not.toContain('fc');
    expect(computed(['fc'])).toContain('fc');
  });
});

test('the plan of the default taps has one step per convolution, pool and sum, in four slots', async () => {
  const { graph, defaultTaps } = await load(1, 32);
  const plan = makePlan(graph, { taps: defaultTaps });
  expect(stepsOf(plan)).toEqual([
    'conv: prep.conv prep.batch prep.relu',
    'maxpool: prep.pool',
    'conv: layer1_head.conv layer1_head.batch layer1_head.relu',
    'maxpool: layer1_head.pool',
    'conv: layer1_residual1.conv layer1_residual1.batch layer1_residual1.relu',
    'conv: layer1_residual2.conv layer1_residual2.batch layer1_residual2.relu',
    'pointwise: add',
    'conv: layer2.conv layer2.batch layer2.relu',
    'maxpool: layer2.pool',
    'conv: layer3_head.conv layer3_head.batch layer3_head.relu',
    'maxpool: layer3_head.pool',
    'conv: layer3_residual1.conv layer3_residual1.batch layer3_residual1.relu',
    'conv: layer3_residual2.conv layer3_residual2.batch layer3_residual2.relu',
    'pointwise: add_1',
    'maxpool: pooled',
  ]);
  // Input 32×32×4; prep.relu 32×32×32 beside its pool 16×16×32; then all smaller maps fit, but for a third of 8×8×64
  // where a residual block reads one, writes one, and the shortcut waits.
  expect(plan.slots).toEqual([16_384, 131_072, 32_768, 16_384]);
});

test('the classifier is a matrix product on the pooled features', async () => {
  const tensors = tinyResNet9Tensors(4, 4, { classes: 5 });
  const { graph, parameters } = await loadModel(weightsOf(tensors));
  const random = uniform(9);
  const values = runGraphF64(graph, parameters, Float64Array.from({ length: 2 * 32 * 32 * 3 }, random), 2);
  const [pooled, weight, bias] = [
    values.get('pooled')!,
    tensors.get('classifier.2.weight')!.data,
    tensors.get('classifier.2.bias')!.data,
  ];
  values.get('fc')!.forEach((value, i) => {
    const [view, unit] = [Math.floor(i / 5), i % 5];
    let sum = 0;
    for (let k = 0; k < 32; k++) sum += pooled[view * 32 + k]! * weight[unit * 32 + k]!;
    expect(value).toBeCloseTo(sum + bias[unit]!, 12);
  });
});

describe('tiny checkpoints', () => {
  test('are the same bytes for the same seed, and others for another', () => {
    expect(tinyResNet9(1)).toEqual(tinyResNet9(1));
    expect(tinyResNet9(2)).not.toEqual(tinyResNet9(1));
  });

  test('keep activations in a sane range: no layer dies, none grows', async () => {
    const { graph, parameters, defaultTaps } = await load(1);
    const values = runGraphF64(graph, parameters, Float64Array.from({ length: 32 * 32 * 3 }, uniform(2)), 1);
    for (const tap of defaultTaps) {
      const largest = Math.max(...values.get(tap)!);
      expect(largest, tap).toBeGreaterThan(0.1);
      expect(largest, tap).toBeLessThan(100);
    }
  });
});

describe('f and g', () => {
  const differ = (message: string) =>
    expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining(message) });

  test('of one architecture pass, also where only one has a classifier', async () => {
    const [f, g] = [await load(1, 4, { classes: 3 }), await load(2)];
    expect(() => assertSameArchitecture(f, g)).not.toThrow();
    expect(() => assertSameArchitecture(g, f)).not.toThrow();
  });

  test('of other widths, sizes or ops are refused with the first difference', async () => {
    const f = await load(1, [4, 8, 16, 32]);
    const g = await load(1, [4, 8, 12, 32]);
    expect(() => assertSameArchitecture(f, g)).toThrow(differ('layer2.conv is [16, 8, 8] in f and [12, 8, 8] in g'));
    const large = await loadModel(weightsOf(tinyResNet9Tensors(1)), { size: 64 });
    expect(() => assertSameArchitecture(f, large)).toThrow(differ('input is [3, 32, 32] in f and [3, 64, 64] in g'));
    const nodes = f.graph.nodes.map((node) =>
      node.name === 'add' ? { ...node, inputs: [...node.inputs].reverse() } : node,
    );
    expect(() => assertSameArchitecture(f, { graph: { ...f.graph, nodes } })).toThrow(
      differ('add is another operation'),
    );
    const shorter = { graph: { ...f.graph, nodes: f.graph.nodes.slice(0, -1) } };
    expect(() => assertSameArchitecture(f, shorter)).toThrow(differ('where f has pooled, g has none'));
    const other = { graph: { ...f.graph, family: 'ViT' } };
    expect(() => assertSameArchitecture(f, other)).toThrow(differ('f is a ResNet-9, g a ViT'));
  });
});
