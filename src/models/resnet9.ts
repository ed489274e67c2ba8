import { MemgpuError } from '../errors.js';
import type { Graph, GraphNode } from '../graph/graph.js';
import { batchNorm, NORM_PARTS } from './batch-norm.js';
import type { Family, TensorShapes } from './family.js';

interface Block {
  readonly name: string;
  /** The paper's row, and its name of the convolution. */
  readonly row: string;
  readonly conv: string;
  /** Block whose width it has, where not its own: a residual block is as wide as its head. */
  readonly head?: string;
  /** Whether a 2×2 max pool ends it. */
  readonly pool: boolean;
  /** The sum behind it, with the output of its head. */
  readonly sum?: { readonly name: string; readonly row: string };
}

const BLOCKS: readonly Block[] = [
  { name: 'prep', row: '1', conv: '1', pool: true },
  { name: 'layer1_head', row: '2', conv: '2-0', pool: true },
  { name: 'layer1_residual1', row: '3', conv: '2-1', pool: false, head: 'layer1_head' },
  {
    name: 'layer1_residual2',
    row: '4',
    conv: '2-2',
    pool: false,
    head: 'layer1_head',
    sum: { name: 'add', row: 'Res2' },
  },
  { name: 'layer2', row: '5', conv: '3', pool: true },
  { name: 'layer3_head', row: '6', conv: '4-0', pool: true },
  { name: 'layer3_residual1', row: '7', conv: '4-1', pool: false, head: 'layer3_head' },
  {
    name: 'layer3_residual2',
    row: '8',
    conv: '4-2',
    pool: false,
    head: 'layer3_head',
    sum: { name: 'add_1', row: 'Res6' },
  },
];

const CLASSIFIER = { weight: 'classifier.2.weight', bias: 'classifier.2.bias' };

const TENSORS = BLOCKS.flatMap(({ name }) => [
  `${name}.conv.weight`,
  `${name}.conv.bias`,
  ...NORM_PARTS.map((part) => `${name}.batch.${part}`),
]);

/** Four pools of 2 in the blocks and one at the end. */
const REDUCTION = 32;

/**
 * The ResNet-9 of "Localizing Memorization in SSL Vision Encoders" (metrics: §2.1): eight blocks of 3×3 convolution with
 * bias, batch normalisation, ReLU and in four of them 2×2 max pooling; two sums without a ReLU behind them; 2×2 max
 * pooling at the end. Widths are those of the checkpoint.
 */
export const resnet9: Family = {
  name: 'ResNet-9',
  maps: [
    {
      name: 'authors',
      signature: ['prep.conv.weight', 'layer1_head.conv.weight', 'layer3_residual2.conv.weight'],
      tensors: () => new Map(TENSORS.map((name) => [name, name])),
      optional: new Map(Object.values(CLASSIFIER).map((name) => [name, name])),
    },
  ],
  eps: 1e-5,
  preprocessing: { size: REDUCTION, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], interpolation: 'bilinear' },
  build({ shapes, size, eps }) {
    const graph = buildGraph(shapes, size);
    const named = (pick: (node: GraphNode) => boolean) => graph.nodes.filter(pick).map(({ name }) => name);
    return {
      graph,
      recipes: BLOCKS.map((block) => batchNorm(`${block.name}.batch`, widthOf(block, shapes), eps)),
      defaultTaps: named(({ op, name }) => op.kind === 'relu' || op.kind === 'add' || name === 'pooled'),
      headline: named(({ op }) => op.kind === 'relu'),
    };
  },
};

function widthOf({ head, name }: Block, shapes: TensorShapes): number {
  return shapes.outputs(`${head ?? name}.conv.weight`, 4);
}

function buildGraph(shapes: TensorShapes, size: number): Graph {
  if (size % REDUCTION !== 0)
    throw new MemgpuError('BAD_OPTION', `ResNet-9 cannot take images of ${size}×${size} pixels`, {
      hint: `Choose a size divisible by ${REDUCTION}.`,
    });
  const nodes: GraphNode[] = [];
  const push = (node: LooseNode, ...others: string[]) => {
    nodes.push({ ...node, inputs: [nodes.at(-1)?.name ?? 'input', ...others] });
  };
  for (const block of BLOCKS) {
    for (const part of blockNodes(block, widthOf(block, shapes))) push(part);
    // A head's last node is its pool.
    const { sum, head } = block;
    if (sum) push({ name: sum.name, op: { kind: 'add' }, label: sum.row, aliases: [sum.row] }, `${head}.pool`);
  }
  push({ name: 'pooled', op: halve, label: 'max pool of Res6', aliases: ['classifier.0', 'classifier.1'] });

  // The classifier reads the flattened map: one position at 32×32, and more than its weight is made for at other sizes.
  const width = shapes.outputs('layer3_head.conv.weight', 4);
  const [classes, inputs, ...more] = shapes.of(CLASSIFIER.weight) ?? [];
  if (classes && inputs === width && more.length === 0 && shapes.of(CLASSIFIER.bias) && size === REDUCTION)
    push({
      name: 'fc',
      op: { kind: 'linear', ...CLASSIFIER, out: classes },
      label: 'classifier',
      aliases: ['classifier.2'],
    });

  return { family: 'ResNet-9', input: { channels: 3, height: size, width: size }, nodes };
}

type LooseNode = Omit<GraphNode, 'inputs'>;

const halve = { kind: 'maxpool', kernel: 2, stride: 2, padding: 0 } as const;

/** A block's nodes in order. Its own name is an alias of the last one, its output, as in torchvision. */
function blockNodes({ name, row, conv, pool }: Block, out: number): readonly LooseNode[] {
  const [weight, bias] = [`${name}.conv.weight`, `${name}.conv.bias`];
  const nodes: LooseNode[] = [
    {
      name: `${name}.conv`,
      op: { kind: 'conv', weight, bias, out, kernel: 3, stride: 1, padding: 1 },
      label: row,
      aliases: [`conv${conv}`],
    },
    {
      name: `${name}.batch`,
      op: { kind: 'affine', scale: `${name}.batch.scale`, shift: `${name}.batch.shift` },
      label: `conv ${conv} after BatchNorm`,
    },
    { name: `${name}.relu`, op: { kind: 'relu' }, label: `conv ${conv} after ReLU` },
  ];
  if (pool) nodes.push({ name: `${name}.pool`, op: halve, label: `conv ${conv} after max pooling` });
  return nodes.map((node, i) => (i === nodes.length - 1 ? { ...node, aliases: [name] } : node));
}
