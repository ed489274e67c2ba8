import type { GraphNode, Op } from '../graph/graph.js';
import type { TensorShapes } from './family.js';
import type { Recipe } from './recipe.js';
import { joinedAttention, numbersIn, scaledLinear } from './vit-recipes.js';

/** What the shapes tell of one block. */
interface Block {
  /** `blocks.N`, where its tensors and nodes are named. */
  readonly at: string;
  readonly number: number;
  readonly width: number;
  /** Outputs of the first linear layer of the MLP; of SwiGLU twice what the second one reads. */
  readonly fc1: number;
  /** Values that the second one reads. */
  readonly hidden: number;
  readonly swiglu: boolean;
  readonly qkvBias: boolean;
  /** γ before each sum, by the linear layer that it is folded into. */
  readonly scales: Readonly<Record<'attn.proj' | 'mlp.fc2', boolean>>;
  /** Trained numbers behind a linear layer. */
  readonly trained: Readonly<Record<'attn.qkv' | 'attn.proj' | 'mlp.fc2', number>>;
}

/** @throws SHAPE_MISMATCH where a width cannot be read off, or is one that the kernels do not take */
export function readBlock(number: number, width: number, shapes: TensorShapes): Block {
  const at = `blocks.${number}`;
  const there = (name: string) => shapes.of(`${at}.${name}`) !== undefined;
  const fc1 = shapes.outputs(`${at}.mlp.fc1.weight`, 2);
  shapes.outputs(`${at}.mlp.fc2.weight`, 2);
  const [, reads] = shapes.of(`${at}.mlp.fc2.weight`)!;
  const swiglu = fc1 === 2 * reads!;
  if (swiglu && reads! % 4 !== 0) throw shapes.mismatch(`${at}.mlp.fc2.weight`, `a multiple of 4 values into SwiGLU`);
  const count = (...names: string[]) =>
    numbersIn(
      shapes,
      names.map((name) => `${at}.${name}`),
    );
  const parts = ['qkv', 'q', 'k', 'v'].flatMap((part) => [`attn.${part}.weight`, `attn.${part}.bias`]);
  return {
    at,
    number,
    width,
    fc1,
    hidden: swiglu ? reads! : fc1,
    swiglu,
    qkvBias: ['qkv', 'q', 'k', 'v'].some((part) => there(`attn.${part}.bias`)),
    scales: { 'attn.proj': there('ls1.gamma'), 'mlp.fc2': there('ls2.gamma') },
    trained: {
      'attn.qkv': count(...parts),
      'attn.proj': count('attn.proj.weight', 'attn.proj.bias', 'ls1.gamma'),
      'mlp.fc2': count('mlp.fc2.weight', 'mlp.fc2.bias', 'ls2.gamma'),
    },
  };
}

/** What is joined and folded. */
export function blockRecipes({ at, hidden, scales }: Block, width: number, shapes: TensorShapes): readonly Recipe[] {
  return [
    ...joinedAttention(at, width, shapes),
    ...(scales['attn.proj'] ? [scaledLinear(`${at}.attn.proj`, `${at}.ls1.gamma`, width, width)] : []),
    ...(scales['mlp.fc2'] ? [scaledLinear(`${at}.mlp.fc2`, `${at}.ls2.gamma`, width, hidden)] : []),
  ];
}

/**
 * A block's nodes in order, reading `stream`. Labels are the rows of the paper's Table 10; Δ is taken as there: sub-layer
 * and sums against the stream before the block, the MLP against the stream before the MLP.
 */
export function block(facts: Block, stream: string, heads: number, eps: number): readonly GraphNode[] {
  const { at, number, width, hidden, swiglu, qkvBias, scales, trained } = facts;
  const row = number + 1;
  const torch = `encoder.layers.encoder_layer_${number}`;
  const node = (
    name: string,
    op: Op,
    inputs: readonly string[],
    label: string,
    aliases: readonly string[] = [],
    predecessor?: string,
  ): GraphNode => ({
    name: `${at}.${name}`,
    op,
    inputs,
    label,
    ...(aliases.length > 0 && { aliases }),
    ...(predecessor !== undefined && { predecessor }),
  });
  const norm = (name: string): Op => ({
    kind: 'layernorm',
    weight: `${at}.${name}.weight`,
    bias: `${at}.${name}.bias`,
    eps,
  });
  const linear = (name: keyof Block['trained'] | 'mlp.fc1', out: number, bias = true): Op => ({
    kind: 'linear',
    weight: `${at}.${name}.weight`,
    bias: bias ? `${at}.${name}.bias` : null,
    out,
    ...folded(name),
  });
  /** The file's numbers, where not one by one those of weight and bias. */
  const folded = (name: keyof Block['trained'] | 'mlp.fc1') => {
    if (name === 'mlp.fc1') return {};
    const [out, inputs] = { 'attn.qkv': [3 * width, width], 'attn.proj': [width, width], 'mlp.fc2': [width, hidden] }[
      name
    ];
    const plain = out! * inputs! + (name !== 'attn.qkv' || qkvBias ? out! : 0);
    return trained[name] === plain ? {} : { trained: trained[name] };
  };
  /** Of a branch: its last module is its linear layer, or the LayerScale behind that. */
  const branch = (name: keyof Block['scales'], scale: string, ...theirs: string[]) => [
    `${at}.${scales[name] ? scale : name}`,
    ...theirs.map((module) => `${torch}.${module}`),
  ];
  const of = (name: string) => `${at}.${name}`;
  return [
    node('norm1', norm('norm1'), [stream], `block ${row}: LayerNorm before attention`, [`${torch}.ln_1`]),
    node('attn.qkv', linear('attn.qkv', 3 * width, qkvBias), [of('norm1')], `block ${row}: queries, keys, values`),
    node('attn.scores', { kind: 'attention-scores', heads }, [of('attn.qkv')], `block ${row}: attention scores`),
    node('attn.probs', { kind: 'softmax' }, [of('attn.scores')], `block ${row}: attention probabilities`),
    node(
      'attn.context',
      { kind: 'attention-values', heads },
      [of('attn.probs'), of('attn.qkv')],
      `block ${row}: attended values`,
    ),
    node(
      'attn',
      linear('attn.proj', width),
      [of('attn.context')],
      `ATT ${row}`,
      branch('attn.proj', 'ls1', 'self_attention'),
      stream,
    ),
    node('add_attn', { kind: 'add' }, [of('attn'), stream], `ResBlock ATT ${row}`, [`${torch}.add`], stream),
    node('norm2', norm('norm2'), [of('add_attn')], `block ${row}: LayerNorm before MLP`, [`${torch}.ln_2`]),
    node('mlp.fc1', linear('mlp.fc1', facts.fc1), [of('norm2')], `block ${row}: first linear layer of MLP`, [
      `${torch}.mlp.0`,
    ]),
    node(
      'mlp.act',
      { kind: swiglu ? 'swiglu' : 'gelu' },
      [of('mlp.fc1')],
      `block ${row}: MLP after ${swiglu ? 'SwiGLU' : 'GELU'}`,
      [`${torch}.mlp.1`],
      of('add_attn'),
    ),
    node(
      'mlp',
      linear('mlp.fc2', width),
      [of('mlp.act')],
      `FC ${row}`,
      branch('mlp.fc2', 'ls2', 'mlp.3', 'mlp.4'),
      of('add_attn'),
    ),
    node(
      'out',
      { kind: 'add' },
      [of('mlp'), of('add_attn')],
      `ResBlock FC ${row}`,
      [at, torch, `${torch}.add_1`, `encoder.layer.${number}`, `layers.${number}`],
      stream,
    ),
  ];
}
