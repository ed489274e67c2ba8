import type { Habits, NameMap } from './family.js';
import { IMAGENET } from './preprocessing.js';
import { mapOf, type Naming } from './vit-names.js';

/**
 * Who names a Vision Transformer's tensors how, and what follows from whose code it is: epsilon, input, how
 * positions are fitted to another size.
 */

const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

const MOST_CHUNKS = 64;

/** timm's, and of all that build on it: DINO, MAE, MoCo v3. DINOv2 has names of its own for a few modules. */
const timm: Naming = {
  outside: [['reg_token', ['reg_token', 'register_tokens']]],
  /** Training with sharded parameters puts blocks into chunks and keeps their numbers: `blocks.1.12.norm1.weight`. */
  block(n, has) {
    const flat = `blocks.${n}.`;
    if (has(`${flat}norm1.weight`)) return flat;
    const chunks = Array.from({ length: Math.min(n + 1, MOST_CHUNKS) }, (_, chunk) => `blocks.${chunk}.${n}.`);
    return chunks.find((at) => has(`${at}norm1.weight`)) ?? flat;
  },
  inside: [
    ['mlp.fc1.', ['mlp.fc1.', 'mlp.w12.']],
    ['mlp.fc2.', ['mlp.fc2.', 'mlp.w3.']],
    ['attn.q.bias', ['attn.q.bias', 'attn.q_bias']],
    ['attn.v.bias', ['attn.v.bias', 'attn.v_bias']],
  ],
};

const torchvision: Naming = {
  outside: [
    ['cls_token', ['class_token']],
    ['pos_embed', ['encoder.pos_embedding']],
    ['patch_embed.proj.', ['conv_proj.']],
    ['norm.', ['encoder.ln.']],
  ],
  block: (n) => `encoder.layers.encoder_layer_${n}.`,
  inside: [
    ['norm1.', ['ln_1.']],
    ['norm2.', ['ln_2.']],
    ['attn.qkv.', ['self_attention.in_proj_']],
    ['attn.proj.', ['self_attention.out_proj.']],
    ['mlp.fc1.', ['mlp.0.', 'mlp.linear_1.']],
    ['mlp.fc2.', ['mlp.3.', 'mlp.linear_2.']],
  ],
};

const HF_NORMS = ['layernorm_before', 'layernorm_after', 'norm1', 'norm2'];

/**
 * ViTModel, DeiTModel, ViTMAEModel, Dinov2Model; below `module` where a task's model holds one. The second spellings of
 * blocks and attention are those of transformers 5.
 */
const huggingFace = (module = ''): Naming => ({
  outside: [
    ['cls_token', [`${module}embeddings.cls_token`]],
    ['pos_embed', [`${module}embeddings.position_embeddings`]],
    ['reg_token', [`${module}embeddings.register_tokens`]],
    ['patch_embed.proj.', [`${module}embeddings.patch_embeddings.projection.`]],
    ['norm.', [`${module}layernorm.`]],
  ],
  block(n, has) {
    const starts = [`${module}encoder.layer.${n}.`, `${module}layers.${n}.`];
    return starts.find((at) => HF_NORMS.some((norm) => has(`${at}${norm}.weight`))) ?? starts[0]!;
  },
  inside: [
    ['norm1.', ['layernorm_before.', 'norm1.']],
    ['norm2.', ['layernorm_after.', 'norm2.']],
    ['attn.q.', ['attention.attention.query.', 'attention.q_proj.']],
    ['attn.k.', ['attention.attention.key.', 'attention.k_proj.']],
    ['attn.v.', ['attention.attention.value.', 'attention.v_proj.']],
    ['attn.proj.', ['attention.output.dense.', 'attention.o_proj.']],
    ['ls1.gamma', ['layer_scale1.lambda1']],
    ['ls2.gamma', ['layer_scale2.lambda1']],
    ['mlp.fc1.', ['intermediate.dense.', 'mlp.fc1.', 'mlp.weights_in.']],
    ['mlp.fc2.', ['output.dense.', 'mlp.fc2.', 'mlp.weights_out.']],
  ],
});

/** The MAE encoder of the paper's authors. */
const authors: Naming = {
  outside: [
    ['pos_embed', ['pos_embedding']],
    ['patch_embed.proj.', ['patchify.']],
    ['norm.', ['layer_norm.']],
  ],
  block: (n) => `transformer.${n}.`,
  inside: [],
};

const HEAD = ['head.weight', 'head.bias'] as const;
const PATCHES = 'patch_embed.proj.weight';
const HF_PATCHES = 'embeddings.patch_embeddings.projection.weight';

/** timm's naming with another origin, told by what stands beside the encoder. */
function timmLike(
  name: string,
  habits: Habits,
  { signature = [], ...rest }: Partial<Pick<NameMap, 'signature' | 'marks' | 'under'>> = {},
): NameMap {
  return mapOf(timm, HEAD, {
    name,
    signature: [PATCHES, 'pos_embed', ...signature],
    habits,
    unused: /^mask_token$/,
    beforeClassifier: /^(pre_logits|fc_norm)\./,
    ...rest,
  });
}

/** @param norm the first of the first block */
function huggingFaceMap(name: string, norm: string, habits: Habits, rest: Partial<NameMap> = {}, module = ''): NameMap {
  return mapOf(huggingFace(module), ['classifier.weight', 'classifier.bias'], {
    name,
    signature: [HF_PATCHES, 'embeddings.position_embeddings', `${norm}.weight`].map((n) => module + n),
    habits,
    unused: /(^|\.)(embeddings\.mask_token$|pooler\.)/,
    ...rest,
  });
}

/** A table for 37 × 37 patches is for fine-tuning at 518 pixels; features are taken at 224. */
const DINOV2: Habits = { training: 'DINOv2', positions: 'dino', preprocessing: { size: 224 } };
const DINOV2_REGISTERS: Habits = { ...DINOV2, positions: 'dinov2-registers' };
/** Its ViT-Small has 12 heads. */
const MOCO_V3_HEADS = new Map([
  [384, 12],
  [768, 12],
  [1024, 16],
  [1280, 16],
]);
const HF_VIT: Habits = {
  eps: 1e-12,
  positions: 'hugging-face',
  preprocessing: { ...HALF, interpolation: 'bilinear', resize: 224 },
};

/** Of two that fit, the first is taken: what tells more stands before what tells less. */
export const VIT_MAPS: readonly NameMap[] = [
  ...['blocks.0.ls1.gamma', 'blocks.0.0.ls1.gamma'].flatMap((scale) => [
    timmLike('DINOv2', DINOV2_REGISTERS, { signature: ['register_tokens', scale] }),
    timmLike('DINOv2', DINOV2, { signature: ['mask_token', scale] }),
  ]),
  timmLike(
    'MoCo v3',
    { training: 'MoCo v3', positions: 'timm', heads: MOCO_V3_HEADS, preprocessing: { interpolation: 'bilinear' } },
    { under: /(^|\.)base_encoder\.$/ },
  ),
  timmLike('MAE', { training: 'MAE', positions: 'hugging-face' }, { marks: [/(^|\.)decoder_blocks\.0\./] }),
  timmLike(
    'DINO',
    { training: 'DINO', positions: 'dino' },
    { marks: [/(^|\.)head\.(mlp\.0\.weight|last_layer\.(weight|parametrizations\.))/] },
  ),
  timmLike('timm', { positions: 'timm' }),
  mapOf(torchvision, ['heads.head.weight', 'heads.head.bias'], {
    name: 'torchvision',
    signature: ['conv_proj.weight', 'encoder.pos_embedding', 'encoder.layers.encoder_layer_0.ln_1.weight'],
    habits: { positions: 'torchvision', preprocessing: { interpolation: 'bilinear' } },
    unused: /^mask_token$/,
  }),
  huggingFaceMap('Hugging Face DINOv2', 'encoder.layer.0.norm1', DINOV2_REGISTERS, {
    signature: [HF_PATCHES, 'embeddings.register_tokens', 'encoder.layer.0.norm1.weight'],
  }),
  huggingFaceMap('Hugging Face DINOv2', 'encoder.layer.0.norm1', { ...DINOV2, positions: 'hugging-face' }),
  ...['encoder.layer.0.layernorm_before', 'layers.0.layernorm_before'].flatMap((norm) => [
    huggingFaceMap(
      'Hugging Face ViT-MAE',
      norm,
      { eps: 1e-12, training: 'MAE', positions: 'hugging-face', preprocessing: IMAGENET },
      { marks: [/(^|\.)decoder\.decoder_embed\.weight$/] },
    ),
    ...['vit.', 'deit.'].map((module) =>
      huggingFaceMap('Hugging Face', norm, HF_VIT, { marks: [/(^|\.)classifier\.weight$/] }, module),
    ),
    huggingFaceMap('Hugging Face', norm, HF_VIT),
  ]),
  mapOf(authors, HEAD, {
    name: 'authors',
    signature: ['patchify.weight', 'pos_embedding', 'transformer.0.norm1.weight', 'layer_norm.weight'],
    habits: { eps: 1e-5, training: 'MAE', preprocessing: { ...HALF, interpolation: 'bilinear' } },
  }),
];
