import { describe, expect, test } from 'vitest';
import { loadModel, type Model, type ModelOptions } from '../../src/models/load.js';
import type { RefTensor } from '../reference/safetensors.js';
import { type TinyViT, tinyViTTensors } from '../reference/tiny-vit.js';
import { renamed, weightsOf, zeros } from './tiny.js';

const PLAIN: TinyViT = { width: 16, depth: 2, patch: 4, side: 3 };
const SCALED: TinyViT = { ...PLAIN, layerScale: true };
const REGISTERS: TinyViT = { ...SCALED, registers: 4 };
const GATED: TinyViT = { ...SCALED, swiglu: true, hidden: 48 };

type Rules = readonly (readonly [pattern: RegExp, name: string])[];

/** timm's names with each rule applied in turn. */
function by(rules: Rules) {
  return (name: string) => rules.reduce((so, [pattern, to]) => so.replace(pattern, to), name);
}

/** Fused queries, keys and values as three tensors each. */
function separated(tensors: ReadonlyMap<string, RefTensor>): Map<string, RefTensor> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => {
      if (!name.includes('attn.qkv.')) return [[name, tensor] as const];
      const third = tensor.data.length / 3;
      const shape = [tensor.shape[0]! / 3, ...tensor.shape.slice(1)];
      return ['q', 'k', 'v'].map(
        (part, i) =>
          [
            name.replace('qkv', part),
            { shape, data: tensor.data.slice(i * third, (i + 1) * third) as Float32Array },
          ] as const,
      );
    }),
  );
}

const TORCHVISION: Rules = [
  [/^cls_token$/, 'class_token'],
  [/^pos_embed$/, 'encoder.pos_embedding'],
  [/^patch_embed\.proj/, 'conv_proj'],
  [/^norm\./, 'encoder.ln.'],
  [/^head\./, 'heads.head.'],
  [/^blocks\.(\d+)\.norm(\d)/, 'blocks.$1.ln_$2'],
  [/attn\.qkv\./, 'self_attention.in_proj_'],
  [/attn\.proj/, 'self_attention.out_proj'],
  [/mlp\.fc1/, 'mlp.0'],
  [/mlp\.fc2/, 'mlp.3'],
  [/^blocks\.(\d+)/, 'encoder.layers.encoder_layer_$1'],
];

const HUGGING_FACE: Rules = [
  [/^(cls_token)$/, 'embeddings.$1'],
  [/^reg_token$/, 'embeddings.register_tokens'],
  [/^pos_embed$/, 'embeddings.position_embeddings'],
  [/^patch_embed\.proj/, 'embeddings.patch_embeddings.projection'],
  [/^norm\./, 'layernorm.'],
  [/attn\.q\./, 'attention.attention.query.'],
  [/attn\.k\./, 'attention.attention.key.'],
  [/attn\.v\./, 'attention.attention.value.'],
  [/attn\.proj/, 'attention.output.dense'],
  [/^blocks\.(\d+)/, 'encoder.layer.$1'],
];
const HF_VIT: Rules = [
  [/\.norm1\./, '.layernorm_before.'],
  [/\.norm2\./, '.layernorm_after.'],
  [/mlp\.fc1/, 'intermediate.dense'],
  [/mlp\.fc2/, 'output.dense'],
  ...HUGGING_FACE,
];
/** transformers 5, whose ViT has its layers outside an encoder. */
const HF_FIVE: Rules = [
  [/attn\.([qkv])\./, 'attention.$1_proj.'],
  [/attn\.proj/, 'attention.o_proj'],
];
const HF_VIT_FIVE: Rules = [
  [/\.norm1\./, '.layernorm_before.'],
  [/\.norm2\./, '.layernorm_after.'],
  [/^blocks\.(\d+)/, 'layers.$1'],
  ...HF_FIVE,
  ...HUGGING_FACE,
];
const HF_DINOV2: Rules = [[/ls(\d)\.gamma/, 'layer_scale$1.lambda1'], ...HUGGING_FACE];

const AUTHORS: Rules = [
  [/^pos_embed$/, 'pos_embedding'],
  [/^patch_embed\.proj/, 'patchify'],
  [/^norm\./, 'layer_norm.'],
  [/^blocks\./, 'transformer.'],
];

const prefixed = (prefix: string, rules: Rules = []): Rules => [...rules, [/^/, prefix]];
/** Blocks in chunks of one, as sharded training saves them. */
const CHUNKED: Rules = [[/^blocks\.(\d+)\./, 'blocks.$1.$1.']];
const META: Rules = [[/^reg_token$/, 'register_tokens']];

interface Case {
  readonly what: string;
  readonly vit?: TinyViT;
  readonly rules: Rules;
  readonly separate?: true;
  /** Names beside the encoder, with their shapes. */
  readonly beside?: Readonly<Record<string, readonly number[]>>;
  readonly map: string;
  readonly training?: string;
  readonly eps?: number;
}

const DECODER = {
  mask_token: [1, 1, 8],
  decoder_pos_embed: [1, 10, 8],
  'decoder_embed.weight': [8, 16],
  'decoder_blocks.0.attn.qkv.weight': [24, 8],
  'decoder_norm.weight': [8],
  'decoder_pred.weight': [48, 8],
};
const DINO_HEAD = { 'head.mlp.0.weight': [32, 16], 'head.mlp.0.bias': [32], 'head.last_layer.weight_g': [9, 1] };
const under = (prefix: string, tensors: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, shape]) => [prefix + name, shape]));

const CASES: readonly Case[] = [
  { what: 'timm', rules: [], map: 'timm' },
  { what: 'timm with registers and LayerScale', vit: REGISTERS, rules: [], map: 'timm' },
  { what: 'data parallelism, compiled', rules: prefixed('module._orig_mod.'), map: 'timm' },
  { what: "Lightning's", rules: prefixed('model.encoder.'), map: "timm (under 'model.encoder.')" },
  {
    what: 'solo-learn',
    rules: prefixed('backbone.'),
    beside: { 'momentum_backbone.cls_token': [1, 1, 16], 'projector.0.weight': [4, 16], 'classifier.weight': [3, 16] },
    map: "timm (under 'backbone.')",
  },
  {
    what: "lightly's with torchvision's ViT",
    rules: prefixed('backbone.vit.', TORCHVISION),
    beside: { 'backbone.mask_token': [1, 1, 16], 'decoder.decoder_embed.weight': [8, 16] },
    map: "torchvision (under 'backbone.vit.')",
  },
  { what: 'torchvision', rules: TORCHVISION, map: 'torchvision' },
  {
    what: "torchvision's older files",
    rules: [...TORCHVISION, [/mlp\.0\./, 'mlp.linear_1.'], [/mlp\.3\./, 'mlp.linear_2.']],
    map: 'torchvision',
  },
  {
    what: 'ViTModel',
    rules: HF_VIT,
    separate: true,
    beside: { 'embeddings.mask_token': [1, 1, 16], 'pooler.dense.weight': [16, 16], 'pooler.dense.bias': [16] },
    map: 'Hugging Face',
    eps: 1e-12,
  },
  { what: 'ViTModel of transformers 5', rules: HF_VIT_FIVE, separate: true, map: 'Hugging Face', eps: 1e-12 },
  {
    what: 'ViTMAEForPreTraining of transformers 5',
    rules: prefixed('vit.', HF_VIT_FIVE),
    separate: true,
    beside: { 'decoder.decoder_embed.weight': [8, 16], 'decoder.decoder_layers.0.attention.q_proj.weight': [8, 8] },
    map: "Hugging Face ViT-MAE (under 'vit.')",
    training: 'MAE',
    eps: 1e-12,
  },
  {
    what: 'Dinov2Model of transformers 5',
    vit: SCALED,
    rules: [[/ls(\d)\.gamma/, 'layer_scale$1.lambda1'], ...HF_FIVE, ...HUGGING_FACE],
    separate: true,
    map: 'Hugging Face DINOv2',
    training: 'DINOv2',
  },
  {
    what: 'ViTModel of a task',
    rules: prefixed('vit.', HF_VIT),
    separate: true,
    map: "Hugging Face (under 'vit.')",
    eps: 1e-12,
  },
  {
    what: 'ViTMAEForPreTraining',
    rules: prefixed('vit.', HF_VIT),
    separate: true,
    beside: {
      'decoder.mask_token': [1, 1, 8],
      'decoder.decoder_embed.weight': [8, 16],
      'decoder.decoder_layers.0.layernorm_before.weight': [8],
    },
    map: "Hugging Face ViT-MAE (under 'vit.')",
    training: 'MAE',
    eps: 1e-12,
  },
  {
    what: 'Dinov2Model',
    vit: SCALED,
    rules: HF_DINOV2,
    separate: true,
    beside: { 'embeddings.mask_token': [1, 16] },
    map: 'Hugging Face DINOv2',
    training: 'DINOv2',
  },
  {
    what: 'Dinov2Model, giant',
    vit: GATED,
    rules: [[/mlp\.fc1/, 'mlp.weights_in'], [/mlp\.fc2/, 'mlp.weights_out'], ...prefixed('dinov2.', HF_DINOV2)],
    separate: true,
    beside: { 'dinov2.embeddings.mask_token': [1, 16], 'classifier.weight': [3, 32], 'classifier.bias': [3] },
    map: "Hugging Face DINOv2 (under 'dinov2.')",
    training: 'DINOv2',
  },
  {
    what: 'Dinov2WithRegistersModel',
    vit: REGISTERS,
    rules: HF_DINOV2,
    separate: true,
    beside: { 'embeddings.mask_token': [1, 16] },
    map: 'Hugging Face DINOv2',
    training: 'DINOv2',
  },
  {
    what: "DINO's full checkpoint",
    rules: prefixed('teacher.backbone.'),
    beside: {
      'student.module.backbone.cls_token': [1, 1, 16],
      ...under('teacher.', DINO_HEAD),
      ...under('student.module.', DINO_HEAD),
      'dino_loss.center': [1, 9],
    },
    map: "DINO (under 'teacher.backbone.')",
    training: 'DINO',
  },
  { what: "DINO's module with its head", rules: [], beside: DINO_HEAD, map: 'DINO', training: 'DINO' },
  {
    what: 'DINOv2',
    vit: SCALED,
    rules: META,
    beside: { mask_token: [1, 16] },
    map: 'DINOv2',
    training: 'DINOv2',
  },
  {
    what: 'DINOv2, giant, with registers, from sharded training',
    vit: { ...GATED, registers: 4 },
    rules: [[/mlp\.fc1/, 'mlp.w12'], [/mlp\.fc2/, 'mlp.w3'], ...META, ...prefixed('teacher.backbone.', CHUNKED)],
    beside: { 'teacher.backbone.mask_token': [1, 16], 'teacher.dino_head.last_layer.weight_g': [9, 1] },
    map: "DINOv2 (under 'teacher.backbone.')",
    training: 'DINOv2',
  },
  { what: "MAE's whole model", rules: [], beside: DECODER, map: 'MAE', training: 'MAE' },
  {
    what: 'MoCo v3',
    rules: prefixed('module.base_encoder.'),
    beside: {
      'module.base_encoder.head.0.weight': [8, 16],
      'module.base_encoder.head.1.running_mean': [8],
      'module.momentum_encoder.cls_token': [1, 1, 16],
      'module.predictor.0.weight': [8, 8],
    },
    map: "MoCo v3 (under 'base_encoder.')",
    training: 'MoCo v3',
  },
  {
    what: "the paper's authors'",
    vit: { ...PLAIN, positions: 'patches', qkvBias: false },
    rules: AUTHORS,
    map: 'authors',
    training: 'MAE',
    eps: 1e-5,
  },
  {
    what: "the paper's authors', with its decoder",
    vit: { ...PLAIN, positions: 'patches', qkvBias: false },
    rules: prefixed('encoder.', AUTHORS),
    beside: {
      'decoder.mask_token': [1, 1, 16],
      'decoder.pos_embedding': [10, 1, 16],
      'decoder.transformer.0.norm1.weight': [16],
      'decoder.head.weight': [48, 16],
    },
    map: "authors (under 'encoder.')",
    training: 'MAE',
    eps: 1e-5,
  },
];

/** Ops without the epsilon. */
const shape = ({ graph }: Model) => graph.nodes.map((node) => ({ ...node, op: { ...node.op, eps: 0 } }));

describe.each(CASES)('$what', ({ vit = PLAIN, rules, separate, beside = {}, map, training, eps = 1e-6 }) => {
  test("gives timm's graph and the same bits of every parameter; the rest is ignored and listed", async () => {
    const tensors = tinyViTTensors(3, vit);
    const expected = await loadModel(weightsOf(tensors), { heads: 2 });
    const named = renamed(separate ? separated(tensors) : tensors, by(rules));
    for (const [name, lengths] of Object.entries(beside)) named.set(name, zeros(...lengths));
    const model = await loadModel(weightsOf(named), { heads: 2 });
    expect(shape(model)).toEqual(shape(expected));
    expect(model.parameters).toEqual(expected.parameters);
    const { facts } = model;
    expect({ map: facts.map, training: facts.training, eps: facts.eps }).toEqual({ map, training, eps });
    expect([...facts.ignored].sort()).toEqual(Object.keys(beside).sort());
    expect(facts.parameters).toBe(expected.facts.parameters);
  });
});

describe('a plain linear classifier is the node fc', () => {
  test.each<[string, Rules, true?]>([
    ['timm', []],
    ['torchvision', TORCHVISION],
    ['ViTForImageClassification', [[/^(?!head)/, 'vit.'], [/^head/, 'classifier'], ...inVit()], true],
  ])('of %s', async (_, rules, separate) => {
    const tensors = tinyViTTensors(3, { ...PLAIN, classes: 5 });
    const named = renamed(separate ? separated(tensors) : tensors, by(rules));
    const { graph, parameters, facts } = await loadModel(weightsOf(named), { heads: 2 });
    expect(graph.nodes.at(-1)!.name).toBe('fc');
    expect(parameters.get('head.weight')).toEqual(tensors.get('head.weight')!.data);
    expect(facts.ignored).toEqual([]);
  });
});

/** The rules below 'vit.'. */
function inVit(): Rules {
  return HF_VIT.map(([pattern, to]) => {
    const anchored = pattern.source.startsWith('^');
    return anchored ? ([new RegExp(pattern.source.replace('^', '^vit\\.')), `vit.${to}`] as const) : [pattern, to];
  });
}

test("positions of another size follow each naming's project", async () => {
  const rule = async (vit: TinyViT, rules: Rules, separate = false, beside: Record<string, readonly number[]> = {}) => {
    const tensors = tinyViTTensors(3, vit);
    const named = renamed(separate ? separated(tensors) : tensors, by(rules));
    for (const [name, lengths] of Object.entries(beside)) named.set(name, zeros(...lengths));
    const { notes } = await loadModel(weightsOf(named), { heads: 2, size: 16 });
    return /rule: (.+)\)/.exec(notes[0]!.message)![1];
  };
  expect(await rule(PLAIN, [])).toBe('timm');
  expect(await rule(PLAIN, TORCHVISION)).toBe('torchvision');
  expect(await rule(PLAIN, HF_VIT, true)).toBe('hugging-face');
  expect(await rule(SCALED, HF_DINOV2, true)).toBe('hugging-face');
  expect(await rule(REGISTERS, HF_DINOV2, true)).toBe('dinov2-registers');
  expect(await rule(SCALED, META, false, { mask_token: [1, 16] })).toBe('dino');
  expect(await rule(REGISTERS, META, false, { mask_token: [1, 16] })).toBe('dinov2-registers');
  expect(await rule(PLAIN, [], false, DINO_HEAD)).toBe('dino');
});

describe('biases of queries and values alone', () => {
  test.each<[string, Rules, boolean]>([
    ["BEiT's, in timm's names", [[/attn\.([qv])\.bias/, 'attn.$1_bias']], false],
    ["BEiT's, in Hugging Face's", HF_VIT, true],
  ])('%s, leave the keys without', async (_, rules, weightsToo) => {
    const tensors = tinyViTTensors(3, PLAIN);
    const split = new Map(
      [...separated(tensors)].filter(
        ([name]) => !name.endsWith('attn.k.bias') && (weightsToo || !/attn\.[qkv]\.weight/.test(name)),
      ),
    );
    if (!weightsToo) for (const [name, tensor] of tensors) if (name.endsWith('qkv.weight')) split.set(name, tensor);
    const { parameters, facts } = await loadModel(weightsOf(renamed(split, by(rules))), { heads: 2 });
    const wanted = Float32Array.from(tensors.get('blocks.1.attn.qkv.bias')!.data).fill(0, 16, 32);
    expect(parameters.get('blocks.1.attn.qkv.bias')).toEqual(wanted);
    expect(parameters.get('blocks.1.attn.qkv.weight')).toEqual(tensors.get('blocks.1.attn.qkv.weight')!.data);
    const all = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(facts.parameters).toBe(all - 2 * 16);
  });
});

test("MoCo v3's ViTs with a convolutional stem are another network, by the names of that stem", async () => {
  const named = renamed(tinyViTTensors(3, PLAIN), (name) => `module.base_encoder.${name}`);
  for (const part of ['weight', 'bias']) {
    const name = `module.base_encoder.patch_embed.proj.${part}`;
    named.set(name.replace('proj.', 'proj.12.'), named.get(name)!);
    named.delete(name);
  }
  named.set('module.base_encoder.patch_embed.proj.0.weight', zeros(4, 3, 3, 3));
  await expect(loadModel(weightsOf(named), { heads: 2 })).rejects.toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_ARCHITECTURE',
      message: expect.stringMatching(
        /Nearest is ViT.*missing: base_encoder\.patch_embed\.proj\.weight.*proj\.12\.weight/,
      ),
    }),
  );
});

test('a model type tells an encoder without its decoder from a ViT, unless its user says otherwise', async () => {
  const named = renamed(separated(tinyViTTensors(3, PLAIN)), by(HF_VIT));
  const load = (model_type: string, options: ModelOptions = {}, tensors = named) =>
    loadModel({ ...weightsOf(tensors), config: { model: { model_type } } }, { heads: 2, ...options });
  const mae = await load('vit_mae');
  expect(mae.facts).toMatchObject({ map: 'Hugging Face ViT-MAE', training: 'MAE' });
  expect(mae.facts.options).toEqual({ heads: 2 });
  expect(mae.preprocessing).toMatchObject({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  const vit = await load('vit');
  expect(vit.facts).toMatchObject({ map: 'Hugging Face' });
  expect(vit.preprocessing).toMatchObject({ mean: [0.5, 0.5, 0.5] });
  expect((await load('vit_mae', { origin: 'Hugging Face' })).facts.map).toBe('Hugging Face');
  // A config of other weights than these chooses no naming that they do not have.
  expect((await load('vit_mae', {}, tinyViTTensors(3, PLAIN))).facts.map).toBe('timm');
});

test('the distilled DeiT of Hugging Face has a second token: another network', async () => {
  const named = renamed(separated(tinyViTTensors(3, PLAIN)), by(HF_VIT));
  named.set('embeddings.distillation_token', zeros(1, 1, 16));
  await expect(loadModel(weightsOf(named), { heads: 2 })).rejects.toThrow(
    expect.objectContaining({ code: 'UNKNOWN_ARCHITECTURE', message: expect.stringContaining('distillation_token') }),
  );
});
