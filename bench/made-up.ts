import { loadModel, type Model, type ModelOptions } from '../src/models/load.js';
import { numbers } from './numbers.js';

type Tensors = Iterable<readonly [name: string, shape: readonly number[]]>;

/** An encoder of known sizes with made-up weights, the same each time: speed does not depend on what it has learned. */
export interface MadeUp {
  readonly name: string;
  /** Side of its input, in pixels. */
  readonly size: number;
  /** Too long for a CPU to be measured unless it is asked for. */
  readonly large: boolean;
  tensors(): Tensors;
}

export const MADE_UP: readonly MadeUp[] = [
  { name: 'resnet9@32', size: 32, large: false, tensors: resnet9 },
  {
    name: 'resnet20@32',
    size: 32,
    large: false,
    tensors: () => resnet({ stem: 3, width: 16, blocks: [3, 3, 3], bottleneck: false, downsample: false }),
  },
  {
    name: 'resnet18@32',
    size: 32,
    large: false,
    tensors: () => resnet({ stem: 3, width: 64, blocks: [2, 2, 2, 2], bottleneck: false, downsample: true }),
  },
  {
    name: 'resnet50@224',
    size: 224,
    large: true,
    tensors: () => resnet({ stem: 7, width: 64, blocks: [3, 4, 6, 3], bottleneck: true, downsample: true }),
  },
  { name: 'vit-tiny/2@32', size: 32, large: false, tensors: () => vit({ width: 192, depth: 12, patch: 2, side: 16 }) },
  {
    name: 'vit-tiny/16@224',
    size: 224,
    large: false,
    tensors: () => vit({ width: 192, depth: 12, patch: 16, side: 14 }),
  },
  {
    name: 'vit-base/16@224',
    size: 224,
    large: true,
    tensors: () => vit({ width: 768, depth: 12, patch: 16, side: 14 }),
  },
];

/** @param onRead called with the milliseconds that each tensor took to make up: what a file would take is another matter */
export function loadMadeUp({ name, size, tensors }: MadeUp, onRead?: (ms: number) => void): Promise<Model> {
  const shapes = new Map([...tensors()].map(([tensor, shape]) => [tensor, { shape }]));
  const options: ModelOptions = { size };
  return loadModel(
    {
      name: `${name} with made-up weights`,
      tensors: shapes,
      readF32: async (tensor) => {
        const start = performance.now();
        const values = madeUpValues(tensor, shapes.get(tensor)!.shape);
        onRead?.(performance.now() - start);
        return values;
      },
    },
    options,
  );
}

/** The authors' ResNet-9. */
export function madeUpResNet9(): Promise<Model> {
  return loadMadeUp(MADE_UP[0]!);
}

function madeUpValues(tensor: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, length) => product * length, 1);
  if (shape.length === 1 && /(running_var|weight)$/.test(tensor)) return new Float32Array(count).fill(1);
  // He's variance 2 / fan-in, so that values neither grow nor vanish with depth.
  const bound = shape.length === 1 ? 0.1 : Math.sqrt(6 / (count / shape[0]!));
  return numbers(count, -bound, bound);
}

function* resnet9(): Tensors {
  const blocks = [
    ['prep', 3, 32],
    ['layer1_head', 32, 64],
    ['layer1_residual1', 64, 64],
    ['layer1_residual2', 64, 64],
    ['layer2', 64, 128],
    ['layer3_head', 128, 256],
    ['layer3_residual1', 256, 256],
    ['layer3_residual2', 256, 256],
  ] as const;
  for (const [block, from, to] of blocks) {
    yield [`${block}.conv.weight`, [to, from, 3, 3]];
    yield [`${block}.conv.bias`, [to]];
    yield* norm(`${block}.batch`, to);
  }
}

interface ResNetSizes {
  /** Kernel of conv1. */
  readonly stem: 3 | 7;
  /** Channels of conv1 and of the first stage's 3×3 convolutions; each stage doubles them. */
  readonly width: number;
  readonly blocks: readonly number[];
  readonly bottleneck: boolean;
  /** Projections where a block's shape changes; else shortcuts have no weights. */
  readonly downsample: boolean;
}

/** A ResNet in torchvision's naming, without classifier. */
function* resnet({ stem, width, blocks, bottleneck, downsample }: ResNetSizes): Tensors {
  yield* convNorm('conv1', 'bn1', [width, 3, stem]);
  let channels = width;
  for (const [stage, count] of blocks.entries()) {
    const inner = width * 2 ** stage;
    const out = inner * (bottleneck ? 4 : 1);
    for (let block = 0; block < count; block++) {
      const at = `layer${stage + 1}.${block}`;
      const shapes = bottleneck
        ? ([
            [inner, channels, 1],
            [inner, inner, 3],
            [out, inner, 1],
          ] as const)
        : ([
            [inner, channels, 3],
            [inner, inner, 3],
          ] as const);
      for (const [i, shape] of shapes.entries()) yield* convNorm(`${at}.conv${i + 1}`, `${at}.bn${i + 1}`, shape);
      if (downsample && block === 0 && (stage > 0 || channels !== out))
        yield* convNorm(`${at}.downsample.0`, `${at}.downsample.1`, [out, channels, 1]);
      channels = out;
    }
  }
}

interface ViTSizes {
  readonly width: number;
  readonly depth: number;
  readonly patch: number;
  /** Patches in a row. */
  readonly side: number;
}

/** A Vision Transformer in timm's naming, with a class token, without classifier. */
function* vit({ width, depth, patch, side }: ViTSizes): Tensors {
  yield ['cls_token', [1, 1, width]];
  yield ['pos_embed', [1, 1 + side * side, width]];
  yield ['patch_embed.proj.weight', [width, 3, patch, patch]];
  yield ['patch_embed.proj.bias', [width]];
  for (let n = 0; n < depth; n++) {
    const at = `blocks.${n}`;
    yield* weightAndBias(`${at}.norm1`, [width]);
    yield* weightAndBias(`${at}.attn.qkv`, [3 * width, width]);
    yield* weightAndBias(`${at}.attn.proj`, [width, width]);
    yield* weightAndBias(`${at}.norm2`, [width]);
    yield* weightAndBias(`${at}.mlp.fc1`, [4 * width, width]);
    yield* weightAndBias(`${at}.mlp.fc2`, [width, 4 * width]);
  }
  yield* weightAndBias('norm', [width]);
}

function* weightAndBias(name: string, shape: readonly number[]): Tensors {
  yield [`${name}.weight`, shape];
  yield [`${name}.bias`, [shape[0]!]];
}

function* convNorm(conv: string, batch: string, [out, from, kernel]: readonly [number, number, number]): Tensors {
  yield [`${conv}.weight`, [out, from, kernel, kernel]];
  yield* norm(batch, out);
}

function* norm(name: string, channels: number): Tensors {
  for (const part of ['weight', 'bias', 'running_mean', 'running_var']) yield [`${name}.${part}`, [channels]];
}
