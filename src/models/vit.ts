import { MemgpuError } from '../errors.js';
import type { GraphNode } from '../graph/graph.js';
import type { Architecture, BuildInput, Family, Habits, StatedSizes, TensorShapes } from './family.js';
import { PHOTOGRAPHS, type Preprocessing } from './preprocessing.js';
import type { Recipe } from './recipe.js';
import { block, blockRecipes, readBlock } from './vit-block.js';
import { headsOf } from './vit-heads.js';
import { VIT_MAPS } from './vit-namings.js';
import { positionsOf, tokenTable } from './vit-tokens.js';

const PATCHES = 'patch_embed.proj';

/** Data sets of smaller images are stored at their encoder's size: nothing is cut off. */
const SMALLEST_CUT = 128;

/**
 * Vision Transformers that normalise before each sub-layer (Dosovitskiy et al. 2021), with or without class token,
 * registers, LayerScale and biases of the queries, keys and values; with GELU by erf, or SwiGLU. Canonical tensors are
 * named as timm names them. Patch, widths and depth are those of the checkpoint.
 */
export const vit: Family = {
  name: 'ViT',
  maps: VIT_MAPS,
  eps: 1e-6,
  options: ['heads'],
  preprocessing: { ...PHOTOGRAPHS, interpolation: 'bicubic' },
  preprocessingOf,
  build,
};

/**
 * Input of the size that the positions were made for; a naming's own size instead where that is smaller (DINOv2's tables
 * are for 518 pixels, its features are taken at 224).
 */
function preprocessingOf(shapes: TensorShapes, habits: Habits): Preprocessing {
  const usual = { ...vit.preprocessing, ...habits.preprocessing };
  const { width, patch } = patchesOf(shapes);
  const size = positionsOf(shapes, width).side * patch;
  if (size === usual.size) return usual;
  if (habits.preprocessing?.size !== undefined && usual.size < size && usual.size % patch === 0) return usual;
  const { resize, ...rest } = usual;
  return {
    ...rest,
    size,
    ...(resize !== undefined && size >= SMALLEST_CUT && { resize: Math.round((resize * size) / usual.size) }),
  };
}

function build({ shapes, size, eps, habits, heads: given, rivals = [], stated }: BuildInput): Architecture {
  const { width, patch } = patchesOf(shapes);
  if (size % patch !== 0)
    throw new MemgpuError('BAD_OPTION', `${shapes.file}: this ViT cannot take images of ${size} × ${size} pixels`, {
      hint: `Choose a size divisible by its patch, ${patch}.`,
    });
  const positions = positionsOf(shapes, width);
  const rule = habits.positions ?? 'timm';
  const others = rivals.filter((rival) => (rival.habits?.positions ?? 'timm') !== rule).map(({ name }) => name);
  const table = tokenTable(shapes, width, positions, size / patch, rule, [...new Set(others)]);
  const blocks = Array.from({ length: depthOf(shapes) }, (_, n) => readBlock(n, width, shapes));
  checkStated(shapes.file, stated, { width, depth: blocks.length });
  const { heads, notes } = headsOf(width, blocks.length, given ?? habits.heads?.get(width));

  const nodes: GraphNode[] = [
    {
      name: 'patch_embed',
      op: { kind: 'patch-embed', weight: `${PATCHES}.weight`, bias: `${PATCHES}.bias`, out: width, kernel: patch },
      inputs: ['input'],
      label: 'patch embedding',
      aliases: [PATCHES, 'conv_proj'],
    },
    {
      name: 'tokens',
      op: table.op,
      inputs: ['patch_embed'],
      label: 'tokens with positions',
      aliases: ['pos_drop', 'encoder.dropout'],
    },
  ];
  for (const facts of blocks) nodes.push(...block(facts, nodes.at(-1)!.name, heads, eps));
  const pushAfter = (node: Omit<GraphNode, 'inputs'>) => nodes.push({ ...node, inputs: [nodes.at(-1)!.name] });

  const normed = shapes.of('norm.weight') !== undefined;
  if (normed) pushAfter(layerNorm('norm', 'final LayerNorm', eps, ['encoder.ln']));
  // An encoder that was fine-tuned on the mean of its patches has a norm for that instead.
  if (positions.classToken && normed) pushAfter({ name: 'cls', op: { kind: 'token', index: 0 }, label: 'class token' });
  else {
    const { prefix: from } = table.op;
    pushAfter({
      name: 'pool',
      op: { kind: 'global-avgpool', ...(from > 0 && { from }) },
      label: 'mean of the patches',
    });
    if (!normed) pushAfter(layerNorm('fc_norm', 'LayerNorm of the mean', eps));
  }
  const [classes, inputs, ...more] = shapes.of('head.weight') ?? [];
  if (classes && inputs === width && more.length === 0 && shapes.of('head.bias'))
    pushAfter({
      name: 'fc',
      op: { kind: 'linear', weight: 'head.weight', bias: 'head.bias', out: classes },
      label: 'classifier',
      aliases: ['head', 'heads.head'],
    });

  const tapped = ['attn', 'add_attn', 'mlp.act', 'mlp', 'out'];
  const recipes: readonly Recipe[] = [table.recipe, ...blocks.flatMap((facts) => blockRecipes(facts, width, shapes))];
  return {
    graph: { family: titleOf(width, blocks.length, patch), input: { channels: 3, height: size, width: size }, nodes },
    recipes,
    defaultTaps: [...blocks.flatMap(({ at }) => tapped.map((part) => `${at}.${part}`)), ...(normed ? ['norm'] : [])],
    headline: blocks.flatMap(({ at }) => [`${at}.mlp.act`, `${at}.mlp`]),
    notes: [...notes, ...table.notes],
  };
}

/** Width and depth of the published sizes. */
const SIZES: readonly (readonly [name: string, width: number, depth: number])[] = [
  ['Tiny', 192, 12],
  ['Small', 384, 12],
  ['Base', 768, 12],
  ['Large', 1024, 24],
  ['Huge', 1280, 32],
];

function titleOf(width: number, depth: number, patch: number): string {
  const [size] = SIZES.find(([, w, d]) => w === width && d === depth) ?? [];
  return size ? `ViT-${size}/${patch}` : `ViT [${depth} × ${width}]/${patch}`;
}

function patchesOf(shapes: TensorShapes): { readonly width: number; readonly patch: number } {
  const width = shapes.outputs(`${PATCHES}.weight`, 4);
  const [, , patch = 0] = shapes.of(`${PATCHES}.weight`)!;
  if (patch < 1) throw shapes.mismatch(`${PATCHES}.weight`, 'patches of 1 pixel or more');
  return { width, patch };
}

/** @throws SHAPE_MISMATCH where `config.json` belongs to another encoder */
function checkStated(file: string, stated: StatedSizes = {}, found: Required<StatedSizes>): void {
  for (const [size, key, unit] of [
    ['width', 'hidden_size', 'values per token'],
    ['depth', 'num_hidden_layers', 'blocks'],
  ] as const)
    if (stated[size] !== undefined && stated[size] !== found[size])
      throw new MemgpuError(
        'SHAPE_MISMATCH',
        `${file}: config.json says ${key} ${stated[size]}, the file has ${found[size]} ${unit}`,
        { hint: 'The file does not belong to these weights: move it away, or bring its own.' },
      );
}

function depthOf(shapes: TensorShapes): number {
  let depth = 0;
  while (shapes.of(`blocks.${depth}.norm1.weight`)) depth++;
  return depth;
}

function layerNorm(name: string, label: string, eps: number, aliases?: readonly string[]): Omit<GraphNode, 'inputs'> {
  const op = { kind: 'layernorm', weight: `${name}.weight`, bias: `${name}.bias`, eps } as const;
  return { name, op, label, ...(aliases && { aliases }) };
}
