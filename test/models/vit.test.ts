import { describe, expect, test } from 'vitest';
import { describeGraph } from '../../src/graph/facts.js';
import { makePlan } from '../../src/graph/plan.js';
import { inferShapes, reportShape } from '../../src/graph/shapes.js';
import { predecessors, resolveTaps } from '../../src/graph/taps.js';
import type { ArchitectureOptions, Habits, TensorShapes } from '../../src/models/family.js';
import { interpolatePositions } from '../../src/models/interpolate-positions.js';
import { loadModel, type ModelOptions } from '../../src/models/load.js';
import { assertSameArchitecture } from '../../src/models/same-architecture.js';
import { vit } from '../../src/models/vit.js';
import { headsOf } from '../../src/models/vit-heads.js';
import { stepsOf } from '../graph/small-graphs.js';
import { nchwToNhwc, runGraphF64 } from '../reference/forward.js';
import { dinov2Small, vitBase16 } from '../reference/seeded-weights.js';
import { uniform } from '../reference/tiny-resnet9.js';
import { type TinyViT, tinyViTTensors } from '../reference/tiny-vit.js';
import { vitForward } from '../reference/vit-forward.js';
import { weightsOf, zeros } from './tiny.js';

const TINY: TinyViT = { width: 16, depth: 2, patch: 4, side: 3 };
const load = (tiny: Partial<TinyViT> = {}, options: ModelOptions = { heads: 2 }) =>
  loadModel(weightsOf(tinyViTTensors(1, { ...TINY, ...tiny })), options);
const fails = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('any architecture agrees with a forward pass written from the definition', () => {
  test.each<[string, TinyViT, number]>([
    ['plain', { width: 24, depth: 3, patch: 2, side: 4 }, 3],
    ['a head of 4', { width: 20, depth: 1, patch: 14, side: 2 }, 5],
    ['one head, one block, one patch', { width: 8, depth: 1, patch: 16, side: 1 }, 1],
    ['registers without positions, LayerScale', { ...TINY, registers: 4, layerScale: true }, 4],
    ['registers with positions', { ...TINY, registers: 3, positions: 'all' }, 2],
    [
      'positions of patches alone, no bias of queries, keys, values',
      { ...TINY, positions: 'patches', qkvBias: false },
      2,
    ],
    ['SwiGLU with LayerScale', { ...TINY, swiglu: true, hidden: 24, layerScale: true, registers: 2 }, 2],
    ['no class token: the mean of the patches, classified', { ...TINY, classToken: false, classes: 3 }, 4],
    [
      'a norm and a classifier for the mean of the patches, beside class token and registers',
      { ...TINY, registers: 2, fcNorm: true, classes: 3 },
      2,
    ],
    ['registers and no class token: the mean leaves them out', { ...TINY, classToken: false, registers: 2 }, 2],
    ['a classifier on the class token, a narrow MLP', { ...TINY, hidden: 5, classes: 7 }, 2],
  ])('%s', async (_, tiny, heads) => {
    const tensors = tinyViTTensors(7, tiny);
    const { graph, parameters, preprocessing, facts } = await loadModel(weightsOf(tensors), { heads });
    expect(preprocessing.size).toBe(tiny.side * tiny.patch);
    const { size } = preprocessing;
    const image = Float64Array.from({ length: 3 * size * size }, uniform(5));
    const found = runGraphF64(graph, parameters, nchwToNhwc(image, 1, graph.input), 1);
    const expected = vitForward(tensors, image, size, heads);
    const inner = /\.(norm1|norm2|mlp\.fc1|attn\.(qkv|scores|context))$/;
    expect([...found.keys()].filter((name) => !inner.test(name))).toEqual([...expected.keys()]);
    for (const [node, values] of expected) {
      const largest = Math.max(...values.map(Math.abs));
      // Folding and joining rounds to f32: 2⁻²⁴ per weight, and sums average it.
      const error = Math.max(...values.map((value, i) => Math.abs(value - found.get(node)![i]!)));
      expect(error / largest, node).toBeLessThan(1e-6);
    }
    const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(facts).toMatchObject({
      family: expect.stringMatching(/^ViT \[\d+ × \d+\]\/\d+$/),
      parameters: numbers,
      ignored: [],
    });
  });
});

describe('nodes', () => {
  test('default taps are the sub-layers and sums of each block and the final norm; the MLP leads UnitMem', async () => {
    const { defaultTaps, headline } = await load();
    const block = (n: number) => ['attn', 'add_attn', 'mlp.act', 'mlp', 'out'].map((part) => `blocks.${n}.${part}`);
    expect(defaultTaps).toEqual([...block(0), ...block(1), 'norm']);
    expect(headline).toEqual(['blocks.0.mlp.act', 'blocks.0.mlp', 'blocks.1.mlp.act', 'blocks.1.mlp']);
  });

  test("Δ is taken as in the paper's Table 10", async () => {
    const { graph, defaultTaps } = await load();
    expect(Object.fromEntries(predecessors(graph, ['tokens', ...defaultTaps]))).toEqual({
      tokens: null,
      'blocks.0.attn': 'tokens',
      'blocks.0.add_attn': 'tokens',
      'blocks.0.mlp.act': 'blocks.0.add_attn',
      'blocks.0.mlp': 'blocks.0.add_attn',
      'blocks.0.out': 'tokens',
      'blocks.1.attn': 'blocks.0.out',
      'blocks.1.add_attn': 'blocks.0.out',
      'blocks.1.mlp.act': 'blocks.1.add_attn',
      'blocks.1.mlp': 'blocks.1.add_attn',
      'blocks.1.out': 'blocks.0.out',
      norm: 'blocks.1.out',
    });
    // The first block's stream is not tapped by default: its Δ is null, as in the table.
    expect(predecessors(graph, defaultTaps).get('blocks.0.attn')).toBeNull();
  });

  test("labels are the columns of that table, by the paper's count from 1", async () => {
    const { graph, defaultTaps } = await load({ swiglu: true, hidden: 8 });
    const labels = defaultTaps.map((tap) => graph.nodes.find(({ name }) => name === tap)!.label);
    expect(labels.slice(5)).toEqual([
      'ATT 2',
      'ResBlock ATT 2',
      'block 2: MLP after SwiGLU',
      'FC 2',
      'ResBlock FC 2',
      'final LayerNorm',
    ]);
  });

  test.each([
    ['blocks.1', 'blocks.1.out'],
    ['blocks.1.attn.proj', 'blocks.1.attn'],
    ['blocks.0.mlp.fc2', 'blocks.0.mlp'],
    ['patch_embed.proj', 'patch_embed'],
    ['conv_proj', 'patch_embed'],
    ['encoder.dropout', 'tokens'],
    ['encoder.layers.encoder_layer_1.ln_1', 'blocks.1.norm1'],
    ['encoder.layers.encoder_layer_1.self_attention', 'blocks.1.attn'],
    ['encoder.layers.encoder_layer_1.add', 'blocks.1.add_attn'],
    ['encoder.layers.encoder_layer_1.mlp.1', 'blocks.1.mlp.act'],
    ['encoder.layers.encoder_layer_1.mlp.3', 'blocks.1.mlp'],
    ['encoder.layers.encoder_layer_1.mlp.4', 'blocks.1.mlp'],
    ['encoder.layers.encoder_layer_1', 'blocks.1.out'],
    ['encoder.layer.1', 'blocks.1.out'],
    ['layers.1', 'blocks.1.out'],
    ['encoder.layers.encoder_layer_1.add_1', 'blocks.1.out'],
    ['encoder.ln', 'norm'],
    ['heads.head', 'fc'],
  ])('%s is another name of %s', async (alias, name) => {
    expect(resolveTaps((await load({ classes: 3 })).graph, [alias])).toEqual([name]);
  });

  test('with LayerScale the branch ends behind it, and its linear layer has no node of its own', async () => {
    const { graph } = await load({ layerScale: true });
    expect(resolveTaps(graph, ['blocks.0.ls1', 'blocks.0.ls2'])).toEqual(['blocks.0.attn', 'blocks.0.mlp']);
    expect(() => resolveTaps(graph, ['blocks.0.attn.proj'])).toThrow(fails('BAD_OPTION', 'blocks.0.attn.proj'));
  });

  test('the default plan takes biases, GELU and sums into the matrix products, attention into one step', async () => {
    const { graph, defaultTaps } = await load({ depth: 1, classes: 3 });
    expect(stepsOf(makePlan(graph, { taps: ['blocks.0.out'] }))).toEqual([
      'patch-embed: patch_embed',
      'tokens: tokens',
      'layernorm: blocks.0.norm1',
      'linear: blocks.0.attn.qkv',
      'attention: blocks.0.attn.scores blocks.0.attn.probs blocks.0.attn.context',
      'linear: blocks.0.attn blocks.0.add_attn',
      'layernorm: blocks.0.norm2',
      'linear: blocks.0.mlp.fc1 blocks.0.mlp.act',
      'linear: blocks.0.mlp blocks.0.out',
    ]);
    const computed = makePlan(graph, { taps: defaultTaps }).steps.flatMap(({ nodes }) => nodes);
    expect(computed).not.toContain('cls');
    expect(computed).not.toContain('fc');
  });
});

/** Graph and notes from shapes alone. */
function built(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  options: ArchitectureOptions = {},
  habits: Habits = {},
) {
  const of = (name: string) => tensors.get(name)?.shape;
  const shapes = {
    file: 'shapes',
    of,
    outputs: (name: string) => of(name)![0]!,
    mismatch: (name: string) => new Error(name),
  } as unknown as TensorShapes;
  const { size } = vit.preprocessingOf!(shapes, habits);
  const { graph, notes = [] } = vit.build({ shapes, size, eps: 1e-6, habits, ...options });
  return { ...describeGraph(graph), family: graph.family, codes: notes.map(({ code }) => code) };
}

describe('sizes and costs of published models', () => {
  test('ViT-B/16 has 85,798,656 parameters and 17.6 billion multiply-adds', () => {
    const { nodes, totals, family, codes } = built(vitBase16().tensors);
    expect(family).toBe('ViT-Base/16');
    expect(totals.parameters).toBe(85_798_656);
    const [t, d] = [197, 768];
    const block = t * (3 * d * d + d * d + 8 * d * d) + 2 * t * t * d;
    expect(totals.multiplyAdds).toBe(196 * d * 768 + 12 * block);
    expect(totals.multiplyAdds / 1e9).toBeCloseTo(17.6, 0);
    expect(nodes.find(({ name }) => name === 'blocks.11.attn.probs')).toMatchObject({
      units: 0,
      shape: [12, 197, 197],
    });
    expect(codes).toEqual(['HEADS_ASSUMED']);
  });

  test('with its classifier 86,567,656', () => {
    const head = [
      ['head.weight', { shape: [1000, 768] }],
      ['head.bias', { shape: [1000] }],
    ] as const;
    expect(
      built(new Map<string, { readonly shape: readonly number[] }>([...vitBase16().tensors, ...head])).totals
        .parameters,
    ).toBe(86_567_656);
  });

  test("the authors' ViT-Tiny/2 has 5,383,680 and 1.67 billion multiply-adds", () => {
    const tiny = { width: 192, depth: 12, patch: 2, side: 16, positions: 'patches', qkvBias: false } as const;
    const { totals, family } = built(tinyViTTensors(1, tiny), { heads: 3 });
    expect(family).toBe('ViT-Tiny/2');
    expect(totals.parameters).toBe(5_383_680);
    expect(totals.multiplyAdds / 1e9).toBeCloseTo(1.67, 2);
  });

  test('ViT-S/14 of DINOv2 has 22,056,192, its scales counted and the mask token left out', () => {
    // 22,056,576 with the mask token's 384.
    expect(built(dinov2Small().tensors).totals.parameters).toBe(22_056_576 - 384);
  });
});

describe('heads', () => {
  test('are assumed to have 64 values each, with a note that names number and flag', async () => {
    const { notes } = await load({ width: 128 }, {});
    expect(notes).toEqual([
      { code: 'HEADS_ASSUMED', value: 2, message: expect.stringMatching(/^2 attention heads are assumed .*--heads/) },
    ]);
    expect((await load({ width: 64 }, {})).notes).toEqual([
      {
        code: 'HEADS_ASSUMED',
        value: 1,
        message: expect.stringMatching(/^1 attention head is assumed \(64 values\); .*--heads/),
      },
    ]);
  });

  // Its vit_small, vit_base, vit_large and vit_huge.
  test.each([
    [384, 12],
    [768, 12],
    [1024, 16],
    [1280, 16],
  ])('of MoCo v3 at width %d are %d, as its code builds them: nothing is assumed', (width, heads) => {
    const { habits } = vit.maps.find(({ name }) => name === 'MoCo v3')!;
    const tensors = tinyViTTensors(1, { width, depth: 1, patch: 16, side: 14, hidden: 4 });
    const { nodes, codes } = built(tensors, {}, habits);
    expect(nodes.find(({ name }) => name === 'blocks.0.attn.probs')!.shape[0]).toBe(heads);
    expect(codes).toEqual([]);
    const given = built(tensors, { heads: width / 32 }, habits).nodes;
    expect(given.find(({ name }) => name === 'blocks.0.attn.probs')!.shape[0]).toBe(width / 32);
  });

  test.each([
    [192, 12, 3],
    [1024, 24, 16],
    [1280, 32, 16],
    [1408, 40, 16],
    [1536, 40, 24],
  ])('of width %d and depth %d are %d, as published', (width, depth, heads) => {
    expect(headsOf(width, depth, undefined).heads).toBe(heads);
  });

  test('are those that the user says, without a note', async () => {
    const { graph, notes } = await load({ width: 64 }, { heads: 4 });
    expect(graph.nodes.find(({ op }) => op.kind === 'attention-scores')!.op).toMatchObject({ heads: 4 });
    expect(notes).toEqual([]);
  });

  test.each<[number | undefined, number, string]>([
    [undefined, 96, 'the width 96 tells none'],
    [5, 64, '5 attention heads do not divide the width 64'],
    [32, 64, '32 attention heads would have 2 values each'],
  ])('%s of a width of %d is BAD_OPTION', async (heads, width, message) => {
    const options = heads === undefined ? {} : { heads };
    await expect(load({ width }, options)).rejects.toThrow(fails('BAD_OPTION', message));
  });
});

describe('sizes', () => {
  test.each([13, 2, 10])('%d pixels, no multiple of the patch, is BAD_OPTION', async (size) => {
    await expect(load({}, { heads: 2, size })).rejects.toThrow(fails('BAD_OPTION', `${size} × ${size} pixels`));
  });

  test.each([
    [{ classToken: true, registers: 0, positions: 'class' }, 1],
    [{ classToken: true, registers: 2, positions: 'class' }, 1],
    [{ classToken: true, registers: 2, positions: 'all' }, 3],
    [{ classToken: false, registers: 0, positions: 'patches' }, 0],
  ] as const)("at another size the patches' positions are interpolated, others kept: %j", async (tiny, leading) => {
    const tensors = tinyViTTensors(3, { ...TINY, ...tiny });
    const { parameters, notes, graph } = await loadModel(weightsOf(tensors), { heads: 2, size: 20 });
    expect(notes).toContainEqual({
      code: 'POSITIONS_INTERPOLATED',
      value: 5,
      message: expect.stringContaining('3 × 3 patches are interpolated to 5 × 5 (rule: timm)'),
    });
    const prefix = (tiny.classToken ? 1 : 0) + tiny.registers;
    expect(reportShape(inferShapes(graph).get('tokens')!)).toEqual([prefix + 25, 16]);
    const stored = tensors.get('pos_embed')!.data;
    const [from, to] = [
      { height: 3, width: 3 },
      { height: 5, width: 5 },
    ];
    const patches = interpolatePositions(stored.subarray(leading * 16), from, to, 16, 'timm');
    const given = ['cls_token', 'reg_token'].flatMap((name) => [...(tensors.get(name)?.data ?? [])]);
    const first = given.map((value, i) => Math.fround(value + (i < leading * 16 ? stored[i]! : 0)));
    expect([...parameters.get('tokens.table')!]).toEqual([...first, ...patches]);
  });

  test('a table of 37 × 37 patches of 14 pixels stands for 518 pixels; DINOv2 takes its features at 224', async () => {
    const large: TinyViT = { width: 64, depth: 1, patch: 14, side: 37, hidden: 4, layerScale: true };
    expect((await load(large, {})).preprocessing).toMatchObject({ size: 518, resize: 592 });
    const tensors = tinyViTTensors(1, large).set('mask_token', zeros(1, 64) as never);
    const { preprocessing, facts, notes } = await loadModel(weightsOf(tensors));
    expect(preprocessing).toMatchObject({ size: 224, resize: 256 });
    expect(facts).toMatchObject({ map: 'DINOv2', training: 'DINOv2', ignored: ['mask_token'] });
    expect(notes.map(({ message }) => message).join()).toContain(
      '37 × 37 patches are interpolated to 16 × 16 (rule: dino)',
    );
  });

  test('small images are not cut, others keep the share of the centre crop', async () => {
    expect((await load({ side: 8 })).preprocessing).not.toHaveProperty('resize');
    expect((await load({ patch: 16, side: 14 })).preprocessing).toMatchObject({ size: 224, resize: 256 });
    expect((await load({ patch: 16, side: 24 })).preprocessing).toMatchObject({ size: 384, resize: 439 });
  });
});

describe('what is no such Vision Transformer', () => {
  const spoiled = (spoil: (tensors: ReturnType<typeof tinyViTTensors>) => void, tiny: Partial<TinyViT> = {}) => {
    const tensors = tinyViTTensors(1, { ...TINY, ...tiny });
    spoil(tensors);
    return loadModel(weightsOf(tensors), { heads: 2 });
  };
  const put = (name: string, ...shape: number[]) => spoiled((tensors) => tensors.set(name, zeros(...shape) as never));

  test.each([
    ['norm_pre.weight', [16]],
    ['pre_norm.bias', [16]],
    ['ln_pre.weight', [16]],
    ['patch_norm.weight', [16]],
    ['rel_pos_bias.relative_position_bias_table', [25, 2]],
    ['rel_pos.relative_position_bias_table', [25, 2]],
    ['shared_rel_pos.mlp.fc1.weight', [8, 2]],
    ['blocks.0.attn.rel_pos_h', [5, 8]],
    ['attn_pool.q.weight', [16, 16]],
    ['time_embed', [1, 4, 16]],
    ['head_dist.weight', [3, 16]],
    ['patch_embed.norm.weight', [16]],
    ['dist_token', [1, 1, 16]],
    ['rope.periods', [4]],
    ['blocks.0.attn.q_norm.weight', [8]],
    ['blocks.1.attn.relative_position_bias_table', [9, 2]],
    ['blocks.0.gamma_1', [16]],
    ['attn_pool.latent', [1, 1, 16]],
  ] as const)('with %s it computes something else', async (name, shape) => {
    await expect(put(name, ...shape)).rejects.toThrow(fails('UNKNOWN_ARCHITECTURE', name));
  });

  test.each([
    ['pos_embed', [1, 12, 16], 'pos_embed has shape [1, 12, 16], expected a square grid'],
    ['pos_embed', [10, 16], 'pos_embed has shape [10, 16]'],
    ['pos_embed', [1, 0, 16], 'pos_embed has shape [1, 0, 16]'],
    ['cls_token', [1, 2, 16], 'cls_token has shape [1, 2, 16]'],
    ['cls_token', [1, 1, 8], 'cls_token has shape [1, 1, 8]'],
    ['patch_embed.proj.weight', [16, 3, 4, 5], 'expected [16, 3, 4, 4]'],
    ['patch_embed.proj.weight', [16, 1, 4, 4], 'expected [16, 3, 4, 4]'],
    ['patch_embed.proj.weight', [16, 3, 0, 0], 'expected patches of 1 pixel'],
    ['blocks.1.mlp.fc2.weight', [16, 63], 'expected [16, 64]'],
    ['blocks.1.attn.qkv.bias', [16], 'expected [48]'],
    ['norm.bias', [1, 16], 'expected [16]'],
  ] as const)('%s of shape %j is a SHAPE_MISMATCH', async (name, shape, message) => {
    await expect(put(name, ...shape)).rejects.toThrow(fails('SHAPE_MISMATCH', message));
  });

  test.each([
    'blocks.1.norm1.weight',
    'blocks.0.attn.qkv.bias',
    'blocks.1.ls2.gamma',
    'blocks.0.mlp.fc1.bias',
    'patch_embed.proj.bias',
    'norm.weight',
  ])('without %s it lacks a tensor', async (name) => {
    const lacking = spoiled((tensors) => tensors.delete(name), { layerScale: true });
    await expect(lacking).rejects.toThrow(fails('MISSING_TENSOR', name));
  });
});

describe('a fine-tuned encoder', () => {
  test('whose norm is for the mean of its patches has that mean, its norm and its classifier', async () => {
    const { graph, facts, defaultTaps } = await load({ classes: 3, fcNorm: true });
    expect(graph.nodes.slice(-4)).toMatchObject([
      { name: 'blocks.1.out' },
      { name: 'pool', op: { kind: 'global-avgpool', from: 1 }, inputs: ['blocks.1.out'] },
      { name: 'fc_norm', op: { kind: 'layernorm' } },
      { name: 'fc', op: { kind: 'linear', out: 3 } },
    ]);
    expect(defaultTaps.at(-1)).toBe('blocks.1.out');
    expect(facts.ignored).toEqual([]);
  });

  test.each([
    ['pre_logits.fc.weight', [16, 16]],
    ['fc_norm.weight', [16]],
  ] as const)('with %s before its classifier has no plain one', async (name, shape) => {
    const tensors = tinyViTTensors(1, { ...TINY, classes: 3 }).set(name, zeros(...shape) as never);
    const { graph, facts } = await loadModel(weightsOf(tensors), { heads: 2 });
    expect(graph.nodes.at(-1)!.name).toBe('cls');
    expect(facts.ignored).toEqual(['head.weight', 'head.bias', name]);
  });
});

test.each([6, 9])('SwiGLU of %d values, no multiple of 4, is a SHAPE_MISMATCH that names the file', async (hidden) => {
  await expect(load({ swiglu: true, hidden })).rejects.toThrow(
    fails(
      'SHAPE_MISMATCH',
      `tiny.safetensors: blocks.0.mlp.fc2.weight has shape [16, ${hidden}], expected a multiple of 4 values into SwiGLU`,
    ),
  );
});

test.each([
  ['blocks.1.attn.proj.weight', 'blocks.1.ls1.gamma', 17, 1],
  ['blocks.0.mlp.fc2.bias', 'blocks.0.ls2.gamma', 3, 3],
])('LayerScale that takes %s beyond f32 is NON_FINITE, naming both tensors', async (name, gamma, at, row) => {
  const tensors = tinyViTTensors(1, { ...TINY, layerScale: true });
  tensors.get(name)!.data[at] = 3e38;
  tensors.get(gamma)!.data[row] = 2;
  await expect(loadModel(weightsOf(tensors), { heads: 2 })).rejects.toThrow(
    fails(
      'NON_FINITE',
      `tiny.safetensors: ${name}[${at}] is ${Math.fround(3e38)}: scaling it by tiny.safetensors: ${gamma}[${row}], 2,`,
    ),
  );
});

test('two encoders whose positions come from grids of other sizes are compared at one size', async () => {
  const f = await load({ side: 3 }, { heads: 2, size: 16 });
  const g = await load({ side: 5 }, { heads: 2, size: 16 });
  expect(() => assertSameArchitecture(f, g)).not.toThrow();
  const other = await load({ side: 5 }, { heads: 4, size: 16 });
  // As many tokens and channels, in other heads.
  expect(() => assertSameArchitecture(f, other)).toThrow(fails('SHAPE_MISMATCH', 'blocks.0.attn.scores'));
});
