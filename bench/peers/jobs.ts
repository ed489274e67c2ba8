import { describeGraph } from '../../src/graph/facts.js';
import type { Graph } from '../../src/graph/graph.js';
import { resolveTaps } from '../../src/graph/taps.js';
import { loadModel } from '../../src/models/load.js';
import {
  resnet18Cifar,
  resnet50,
  type SeededWeights,
  type Spec,
  seeded,
  vitBase16,
  vitTiny4,
} from '../../test/reference/seeded-weights.js';

export type JobName = 'gemm' | 'conv' | 'resnet18-b4' | 'vit-tiny-b8' | 'analysis' | GpuJobName;
export type GpuJobName = 'gemm-4096' | 'resnet50-b64' | 'vit-base-b64';
export type Network =
  | 'gemm'
  | 'gemm-4096'
  | 'conv'
  | 'resnet18'
  | 'resnet50'
  | 'vit-tiny'
  | 'vit-base'
  | 'resnet9-pair';

/** One piece of work that every peer does, with the same weights and the same input. */
export interface Job {
  readonly name: JobName;
  readonly title: string;
  readonly network: Network;
  /** Of the left matrix, or [n, channels, height, width]; of the analysis [images, views, channels, height, width]. */
  readonly input: readonly number[];
  /** Of the analysis [encoder, layer, image]: alignments. */
  readonly output: readonly number[];
  /** What a run is counted in; null where it is no encoder's work. */
  readonly unit: 'image' | 'view of an image, two encoders' | null;
  /** Rows of the output that are compared with float64, where not all of them: a large job's others would take hours. */
  readonly checked?: number;
  /** How many times as fast as the best WebGPU peer memgpu is meant to be in Chromium; null where nothing was set. */
  readonly target: number | null;
}

export const JOBS: readonly Job[] = [
  {
    name: 'gemm',
    title: 'Matrix product 1024 × 1024 × 1024',
    network: 'gemm',
    input: [1024, 1024],
    output: [1024, 1024],
    unit: null,
    target: 4,
  },
  {
    name: 'conv',
    title: 'Convolution 3×3, 64 → 64, 32 × 32, batch 32',
    network: 'conv',
    input: [32, 64, 32, 32],
    output: [32, 64, 32, 32],
    unit: null,
    target: 6,
  },
  {
    name: 'resnet18-b4',
    title: 'ResNet-18 for 32 × 32, pooled features, batch 4',
    network: 'resnet18',
    input: [4, 3, 32, 32],
    output: [4, 512],
    unit: 'image',
    target: 5,
  },
  {
    name: 'vit-tiny-b8',
    title: 'ViT-Tiny/4 for 32 × 32, class token, batch 8',
    network: 'vit-tiny',
    input: [8, 3, 32, 32],
    output: [8, 192],
    unit: 'image',
    target: 3,
  },
  {
    name: 'analysis',
    title: "Analysis of two ResNet-9 as in the paper's Table 1: 10 layers, 100 images of 10 views",
    network: 'resnet9-pair',
    input: [100, 10, 3, 32, 32],
    output: [2, 10, 100],
    unit: 'view of an image, two encoders',
    target: null,
  },
];

/** What a GPU takes milliseconds for, and a software adapter minutes. */
export const GPU_JOBS: readonly Job[] = [
  {
    name: 'gemm-4096',
    title: 'Matrix product 4096 × 4096 × 4096',
    network: 'gemm-4096',
    input: [4096, 4096],
    output: [4096, 4096],
    checked: 16,
    unit: null,
    target: null,
  },
  {
    name: 'resnet50-b64',
    title: 'ResNet-50 for 224 × 224, pooled features, batch 64',
    network: 'resnet50',
    input: [64, 3, 224, 224],
    output: [64, 2048],
    checked: 2,
    unit: 'image',
    target: null,
  },
  {
    name: 'vit-base-b64',
    title: 'ViT-Base/16 for 224 × 224, class token, batch 64',
    network: 'vit-base',
    input: [64, 3, 224, 224],
    output: [64, 768],
    checked: 2,
    unit: 'image',
    target: null,
  },
];

export function jobOf(name: string): Job {
  const job = [...JOBS, ...GPU_JOBS].find((known) => known.name === name);
  if (!job) throw new Error(`no job ${name}`);
  return job;
}

/** Of ViT-Tiny. */
export const VIT = { width: 192, depth: 12, heads: 3, patch: 4, tokens: 65, eps: 1e-6 } as const;

/** The rows of Table 1: raw convolutions and the sums of the residual blocks. */
export const TABLE_1: readonly string[] = ['*.conv', 'add', 'add_1'];

/** Epsilon of batch normalisation in ResNets. */
export const NORM_EPS = 1e-5;

/** Of the ResNet-9 of the paper's authors: out and in channels. */
const RESNET9: readonly (readonly [block: string, out: number, channels: number])[] = [
  ['prep', 32, 3],
  ['layer1_head', 64, 32],
  ['layer1_residual1', 64, 64],
  ['layer1_residual2', 64, 64],
  ['layer2', 128, 64],
  ['layer3_head', 256, 128],
  ['layer3_residual1', 256, 256],
  ['layer3_residual2', 256, 256],
];

/** One of the two encoders of the analysis. */
export function resnet9(encoder: 'f' | 'g'): SeededWeights {
  const specs = RESNET9.flatMap(([block, out, channels]): Spec[] => [
    [`${block}.conv.weight`, [out, channels, 3, 3], 0, Math.sqrt(6 / (9 * channels))],
    [`${block}.conv.bias`, [out], 0, 0.1],
    [`${block}.batch.weight`, [out], 1, 0.5],
    [`${block}.batch.bias`, [out], 0, 0.35],
    [`${block}.batch.running_mean`, [out], 0, 0.5],
    [`${block}.batch.running_var`, [out], 1.15, 0.85],
  ]);
  return seeded('resnet9', specs, encoder);
}

/**
 * The numbers of a network by torchvision's (ResNet) or timm's (ViT) names; `b` [n, n] of the product x·b, `w`
 * [64, 64, 3, 3] of the convolution.
 */
export function weightsOf(network: Network): SeededWeights {
  switch (network) {
    case 'gemm':
      return seeded('gemm', [['b', [1024, 1024], 0, 1]]);
    case 'gemm-4096':
      return seeded('gemm-4096', [['b', [4096, 4096], 0, 1]]);
    case 'conv':
      // Variance 1 / fan-in: the output has the size of the input.
      return seeded('conv', [['w', [64, 64, 3, 3], 0, Math.sqrt(3 / 576)]]);
    case 'resnet18':
      return resnet18Cifar();
    case 'resnet50':
      return resnet50();
    case 'vit-tiny':
      return vitTiny4();
    case 'vit-base':
      return vitBase16();
    case 'resnet9-pair':
      throw new Error('of a pair: resnet9');
  }
}

/** Uniform on (−1, 1), row-major; images as [n, channels, height, width]. */
export function inputOf({ name, input }: Job): Float32Array {
  return seeded('input', [[name, input, 0, 1]])
    .tensors.values()
    .next().value!.data;
}

/** A network as memgpu runs it: one view is one image, or one row of the left matrix. */
export interface NetworkGraph {
  readonly graph: Graph;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** The node that is the output; of the analysis the last layer. */
  readonly output: string;
  /** The layers of the analysis. */
  readonly layers: readonly string[];
}

/** Of the analysis: encoder f. */
export async function graphOf(network: Network): Promise<NetworkGraph> {
  if (network === 'resnet9-pair') {
    const { layers: _, ...pair } = await loaded(resnet9('f'));
    return { ...pair, layers: resolveTaps(pair.graph, TABLE_1) };
  }
  const weights = weightsOf(network);
  if (network === 'gemm' || network === 'gemm-4096') {
    const { shape, data } = weights.tensors.get('b')!;
    const [channels = 0, out = 0] = shape;
    const node = {
      name: 'product',
      op: { kind: 'linear', weight: 'b', bias: null, out },
      inputs: ['input'],
      label: 'product',
    } as const;
    const graph = { family: 'GEMM', input: { channels, height: 1, width: 1 }, nodes: [node] };
    const parameters = new Map([['b', transpose(data, channels, out)]]);
    return { graph, parameters, output: 'product', layers: [] };
  }
  if (network === 'conv') {
    const node = {
      name: 'conv',
      op: { kind: 'conv', weight: 'w', bias: null, out: 64, kernel: 3, stride: 1, padding: 1 },
      inputs: ['input'],
      label: 'convolution',
    } as const;
    const graph = { family: 'convolution', input: { channels: 64, height: 32, width: 32 }, nodes: [node] };
    const parameters = new Map([['w', weights.tensors.get('w')!.data]]);
    return { graph, parameters, output: 'conv', layers: [] };
  }
  return loaded(weights);
}

/** Epsilons are those that the families have anyway. */
async function loaded(weights: SeededWeights): Promise<NetworkGraph> {
  const { graph, parameters, defaultTaps } = await loadModel(weights);
  return { graph, parameters, output: graph.nodes.at(-1)!.name, layers: defaultTaps };
}

/** How many inputs of the network's graph the job's input holds. */
export function viewsOf({ input, network }: Job): number {
  return network === 'resnet9-pair' ? input[0]! * input[1]! : input[0]!;
}

/** Multiplications and additions of one run, each product counted once; of the analysis with one pass per encoder. */
export function flopsOf(job: Job, graph: Graph): number {
  const encoders = job.network === 'resnet9-pair' ? 2 : 1;
  return 2 * describeGraph(graph).totals.multiplyAdds * viewsOf(job) * encoders;
}

/** [rows, columns] to [columns, rows]. */
export function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = matrix[r * columns + c]!;
  return turned;
}
