import { describe, expect, test } from 'vitest';
import { type ConfigFiles, readConfig } from '../../src/models/hugging-face-config.js';
import { loadModel, type ModelOptions } from '../../src/models/load.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';
import { weightsOf } from './tiny.js';

const read = (config: ConfigFiles) => readConfig({ name: 'model.safetensors', config });
const refused = (...parts: string[]) =>
  expect.objectContaining({
    code: 'UNKNOWN_ARCHITECTURE',
    message: expect.stringMatching(new RegExp(`^model.safetensors: .*${parts.join('.*')}`)),
  });
const IMAGENET = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

describe('config.json', () => {
  test('of a ViT tells heads and epsilon; its image size is that of the positions, which the file has', () => {
    const model = {
      architectures: ['ViTModel'],
      model_type: 'vit',
      hidden_act: 'gelu',
      hidden_size: 768,
      image_size: 224,
      layer_norm_eps: 1e-12,
      num_attention_heads: 12,
      patch_size: 16,
    };
    expect(read({ model })).toEqual({ heads: 12, eps: 1e-12, sizes: { width: 768 } });
  });

  test('of a ResNet tells where the stride is', () => {
    expect(read({ model: { model_type: 'resnet', hidden_act: 'relu', downsample_in_bottleneck: false } })).toEqual({});
    expect(read({ model: { model_type: 'resnet', hidden_act: 'relu', downsample_in_bottleneck: true } })).toEqual({
      stride: '1x1',
    });
  });

  test('of a ResNet whose first stage halves the map is refused', () => {
    const resnet = { model_type: 'resnet', hidden_act: 'relu' };
    expect(() => read({ model: { ...resnet, downsample_in_first_stage: true } })).toThrow(
      refused('config.json', 'downsample_in_first_stage'),
    );
    expect(read({ model: { ...resnet, downsample_in_first_stage: false } })).toEqual({});
  });

  test.each(['quick_gelu', 'gelu_new', 'gelu_pytorch_tanh', 'silu', 'relu'])('refuses %s by name', (hidden_act) => {
    const model = { model_type: 'vit', hidden_act };
    expect(() => read({ model })).toThrow(refused('config.json', `hidden_act '${hidden_act}'`, "'gelu'"));
  });

  test('does not mind the activation that SwiGLU replaces', () => {
    expect(read({ model: { model_type: 'dinov2', hidden_act: 'silu', use_swiglu_ffn: true } })).toEqual({});
  });

  test('of timm tells input, crop and filter', () => {
    const model = {
      architecture: 'vit_base_patch16_224',
      num_classes: 1000,
      pretrained_cfg: {
        input_size: [3, 224, 224],
        interpolation: 'bicubic',
        crop_pct: 0.9,
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
    };
    expect(read({ model })).toEqual({
      preprocessing: { size: 224, resize: 248, interpolation: 'bicubic', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    });
    const args = { ...model, model_args: { num_heads: 8, act_layer: 'quick_gelu' } };
    expect(() => read({ model: args })).toThrow(refused("act_layer 'quick_gelu'"));
    expect(read({ model: { ...args, model_args: { num_heads: 8 } } })).toMatchObject({ heads: 8 });
  });

  test.each([
    ['resnetblur50', 'anti-aliased pooling'],
    ['resnetaa50', 'anti-aliased pooling'],
    ['seresnextaa101d_32x8d', 'anti-aliased pooling'],
    ['vit_base_patch16_rpn_224', 'normalisation behind'],
    ['vit_relpos_base_patch16_224', 'relative positions'],
    ['vit_base_patch32_clip_quickgelu_224', 'quick-GELU'],
    ['vit_base_patch16_siglip_gap_224', 'GELU by tanh'],
  ])('of timm refuses %s by name', (architecture, what) => {
    expect(() => read({ model: { architecture, pretrained_cfg: {} } })).toThrow(
      refused('config.json', `architecture '${architecture}'`, what),
    );
  });

  test.each([
    'resnet50',
    'resnet26',
    'wide_resnet50_2',
    'resnext50_32x4d',
    'vit_base_patch16_224',
    'deit3_base_patch16_224',
  ])('of timm has nothing against %s', (architecture) => {
    expect(read({ model: { architecture, pretrained_cfg: {} } })).toEqual({});
  });

  test.each([[{}], [[]], [null], ['text'], [{ lr: 0.1, epochs: 3 }], [{ architecture: 'resnet50' }]])(
    'of somebody else says nothing, and is noted: %j',
    (model) => {
      expect(read({ model })).toEqual({ notes: [expect.objectContaining({ code: 'CONFIG_UNUSED' })] });
    },
  );

  test.each([
    [{ num_attention_heads: 0 }, 'num_attention_heads'],
    [{ num_attention_heads: '12' }, 'num_attention_heads'],
    [{ layer_norm_eps: -1 }, 'layer_norm_eps'],
    [{ image_size: [224, 192] }, 'image_size 224 × 192'],
    [{ image_size: 'large' }, 'image_size'],
  ])('%j is refused by its key', (part, key) => {
    expect(() => read({ model: { model_type: 'vit', ...part } })).toThrow(refused('config.json', key));
  });
});

describe('preprocessor_config.json', () => {
  const input = (preprocessor: unknown) => read({ preprocessor }).preprocessing;

  test("of google/vit-*: 224 × 224, bilinear, mean and deviation .5; a picture's centre instead of a squashed one", () => {
    const vit = { do_normalize: true, do_resize: true, resample: 2, size: 224 };
    const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
    const expected = { size: 224, resize: 224, interpolation: 'bilinear', mean: half.image_mean, std: half.image_std };
    expect(input({ ...vit, ...half })).toEqual(expected);
    expect(input({ ...vit, ...half, size: { height: 224, width: 224 } })).toEqual(expected);
  });

  test('of DINOv2: shorter side 256, centre 224, bicubic', () => {
    const dinov2 = {
      crop_size: { height: 224, width: 224 },
      do_center_crop: true,
      image_processor_type: 'BitImageProcessor',
      resample: 3,
      rescale_factor: 0.00392156862745098,
      size: { shortest_edge: 256 },
      ...IMAGENET,
    };
    expect(input(dinov2)).toMatchObject({
      size: 224,
      resize: 256,
      interpolation: 'bicubic',
      mean: [0.485, 0.456, 0.406],
    });
  });

  test("of ConvNext's processor, as ResNets have it: shorter side 256, centre 224; from 384 on nothing is cut", () => {
    const convnext = { feature_extractor_type: 'ConvNextFeatureExtractor', crop_pct: 0.875, resample: 3, size: 224 };
    expect(input(convnext)).toMatchObject({ size: 224, resize: 256 });
    expect(input({ ...convnext, size: { shortest_edge: 384 } })).toMatchObject({ size: 384, resize: 384 });
  });

  test('without normalisation values stay from 0 to 1', () => {
    expect(input({ do_normalize: false, ...IMAGENET })).toEqual({ mean: [0, 0, 0], std: [1, 1, 1] });
  });

  test.each([
    [{ resample: 1 }, 'resample 1'],
    [{ do_rescale: false }, 'scale'],
    [{ rescale_factor: 1 / 127.5 }, 'scale'],
    [{ size: { height: 224, width: 192 } }, 'size 224 × 192'],
    [{ image_std: [1, 1, 0] }, 'image_std'],
    [{ image_mean: [0.5] }, 'image_mean'],
    [[], 'whole'],
    ['224', 'whole'],
  ])('%j is refused', (preprocessor, what) => {
    expect(() => read({ preprocessor })).toThrow(refused('preprocessor_config.json', what));
  });
});

describe('a checkpoint with configs beside it', () => {
  const load = (config: ConfigFiles | undefined, options: ModelOptions = {}) =>
    loadModel(
      {
        ...weightsOf(tinyViTTensors(1, { width: 24, depth: 1, patch: 4, side: 3 })),
        ...(config && { config }),
      },
      options,
    );
  const config = {
    model: { model_type: 'vit', num_attention_heads: 3, layer_norm_eps: 1e-3 },
    preprocessor: { size: 16, image_mean: [0.1, 0.2, 0.3], image_std: [1, 2, 3], resample: 2 },
  };

  test("is as they say, above its naming's habits, without assumptions", async () => {
    await expect(load(undefined)).rejects.toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    const { graph, facts, preprocessing, notes } = await load(config);
    expect(graph.nodes.find(({ op }) => op.kind === 'attention-scores')!.op).toMatchObject({ heads: 3 });
    expect(facts.eps).toBe(1e-3);
    expect(preprocessing).toMatchObject({ size: 16, mean: [0.1, 0.2, 0.3], std: [1, 2, 3], interpolation: 'bilinear' });
    expect(notes.map(({ code }) => code)).toEqual(['POSITIONS_INTERPOLATED']);
  });

  test("gives way to its user's options", async () => {
    const { graph, facts, preprocessing } = await load(config, { heads: 2, eps: 1e-4, size: 12, norm: 'half' });
    expect(graph.nodes.find(({ op }) => op.kind === 'attention-scores')!.op).toMatchObject({ heads: 2 });
    expect(facts.eps).toBe(1e-4);
    expect(preprocessing).toMatchObject({ size: 12, resize: 12, mean: [0.5, 0.5, 0.5] });
  });

  test.each([[{ num_attention_heads: 3 }], [[]], ['x']])('%j is left aside, and a note says so', async (model) => {
    const { facts, notes } = await load({ model }, { heads: 2 });
    expect(facts.heads).toBe(2);
    expect(notes.map(({ code }) => code)).toEqual(['CONFIG_UNUSED']);
  });

  test.each([
    [{ hidden_size: 48 }, 'hidden_size 48, the file has 24 values per token'],
    [{ num_hidden_layers: 2 }, 'num_hidden_layers 2, the file has 1 blocks'],
  ])('%j of another encoder is refused', async (sizes, message) => {
    const model = { model_type: 'vit', num_attention_heads: 3, ...sizes };
    await expect(load({ model })).rejects.toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining(message) }),
    );
  });
});
