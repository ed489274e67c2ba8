import type { NameMap } from './family.js';

type Has = (name: string) => boolean;

/**
 * How a code base writes the canonical names, which are timm's: the start of a canonical name → the starts that stand for
 * it in files, the usual one first. The first entry that fits is taken.
 */
type Spelling = readonly (readonly [canonical: string, inFile: readonly string[]])[];

export interface Naming {
  /** Of tensors outside the blocks. */
  readonly outside: Spelling;
  /** What stands before the names of block n's tensors. */
  block(n: number, has: Has): string;
  /** Of tensors inside a block. */
  readonly inside: Spelling;
}

const module = (name: string) => [`${name}.weight`, `${name}.bias`];

const NORMS = ['norm1', 'norm2'].flatMap(module);
const MLP = ['mlp.fc1', 'mlp.fc2'].flatMap(module);
const SEPARATE = ['attn.q.weight', 'attn.k.weight', 'attn.v.weight'];
/** In every block, or in none. */
const CHOICES = ['attn.qkv.bias', 'attn.q.bias', 'attn.k.bias', 'attn.v.bias', 'ls1.gamma', 'ls2.gamma'];

/** Tensors of a Vision Transformer in the file → canonical names. Depth and options are those that the file shows. */
function tensorsOf(naming: Naming, has: Has): ReadonlyMap<string, string> {
  const outside = (name: string) => find(naming.outside, '', name, has);
  // A block may lack one of its tensors: then that is missing, not the block.
  const isBlock = (n: number) => {
    const at = naming.block(n, has);
    return [...NORMS, ...MLP].some((name) => has(find(naming.inside, at, name, has)));
  };
  let depth = 1;
  while (isBlock(depth)) depth++;
  const blocks = Array.from({ length: depth }, (_, n) => naming.block(n, has));
  const inside = (at: string, name: string) => find(naming.inside, at, name, has);
  const some = (name: string) => blocks.some((at) => has(inside(at, name)));

  const pooled = !has(outside('norm.weight')) && has(outside('fc_norm.weight'));
  const whole = [
    ...['cls_token', 'reg_token'].filter((name) => has(outside(name))),
    'pos_embed',
    ...module('patch_embed.proj'),
    ...module(pooled ? 'fc_norm' : 'norm'),
  ];
  const each = [
    ...NORMS,
    ...(SEPARATE.some(some) ? SEPARATE : ['attn.qkv.weight']),
    ...module('attn.proj'),
    ...MLP,
    ...CHOICES.filter(some),
  ];
  return new Map([
    ...whole.map((name) => [outside(name), name] as const),
    ...blocks.flatMap((at, n) => each.map((name) => [inside(at, name), `blocks.${n}.${name}`] as const)),
  ]);
}

/** The spelling that the file has; the usual one where it has none. */
function find(spelling: Spelling, at: string, canonical: string, has: Has): string {
  const [start, spellings] = spelling.find(([ours]) => canonical.startsWith(ours)) ?? ['', ['']];
  const names = spellings.map((theirs) => at + theirs + canonical.slice(start.length));
  return names.find(has) ?? names[0]!;
}

/**
 * Modules of their own that change what the blocks read, or what is made of their output: norms before the blocks, a
 * distilled DeiT's second token and head, relative and rotary positions, positions in time, pooling by attention.
 */
const FOREIGN =
  /^(norm_pre|pre_norm|ln_pre|embed_norm|patch_norm|dist_token|head_dist|rope|rotary|time_embed|temporal_embed|attn_pool|(?!decoder)(.*[._])?rel(ative)?_pos)/;

/** A name map of a naming, with the classifier's names in the file. */
export function mapOf(
  naming: Naming,
  classifier: readonly [weight: string, bias: string],
  rest: Omit<NameMap, 'tensors' | 'optional'>,
): NameMap {
  return {
    foreign: FOREIGN,
    ...rest,
    tensors: (has) => tensorsOf(naming, has),
    optional: new Map([
      [classifier[0], 'head.weight'],
      [classifier[1], 'head.bias'],
    ]),
  };
}
