import { MemgpuError } from '../errors.js';
import { batchNorm } from './batch-norm.js';
import type { BuildInput, Family, Habits, Note, TensorShapes } from './family.js';
import { PHOTOGRAPHS, SMALL_IMAGES } from './preprocessing.js';
import { layoutOf, type ResNetLayout } from './resnet-layout.js';
import { RESNET_MAPS } from './resnet-names.js';
import { resnetNodes, type Stem } from './resnet-nodes.js';

/**
 * Residual networks of basic blocks or bottlenecks, plain, wide or grouped, with an ImageNet stem (7×7 of stride 2, max
 * pooling) or one for small images (3×3, no pooling). Depth is told by names, everything else by shapes.
 */
export const resnet: Family = {
  name: 'ResNet',
  maps: RESNET_MAPS,
  options: ['stem', 'stride'],
  eps: 1e-5,
  preprocessing: PHOTOGRAPHS,
  preprocessingOf: (shapes, habits) => ({
    ...(stemKernel(shapes) === 3 ? SMALL_IMAGES : PHOTOGRAPHS),
    ...habits.preprocessing,
  }),
  build(input) {
    const { shapes, size, eps, habits } = input;
    const layout = layoutOf((tensor) => shapes.of(tensor) !== undefined);
    const stem = stemOf(input);
    const { nodes, norms } = resnetNodes({ layout, shapes, stem, strided: stridedConv(layout, input.stride) });
    const relus = nodes.filter(({ op }) => op.kind === 'relu').map(({ name }) => name);
    return {
      graph: { family: titleOf(layout, shapes), input: { channels: 3, height: size, width: size }, nodes },
      recipes: norms.map(({ name, channels }) => batchNorm(name, channels, eps)),
      defaultTaps: [...relus, 'avgpool'],
      headline: relus,
      notes: input.stem === undefined && stem.kernel === 3 ? paddingNotes(habits) : [],
    };
  },
};

function stemKernel(shapes: TensorShapes): number {
  return shapes.of('conv1.weight')?.[2] ?? 0;
}

function stemOf({ shapes, stem, habits }: BuildInput): Stem {
  const kernel = stemKernel(shapes);
  if (kernel !== 3 && kernel !== 7) throw shapes.mismatch('conv1.weight', 'a kernel of 7×7 or 3×3');
  if (stem === 'cifar' && kernel === 7)
    throw new MemgpuError(
      'BAD_OPTION',
      `${shapes.file}: stem 'cifar' is a 3×3 convolution without pooling, but conv1 is 7×7`,
      { hint: "Leave the stem out: it follows from conv1's kernel." },
    );
  if (kernel === 7 || stem === 'imagenet') return { kernel, stride: 2, padding: (kernel - 1) / 2, pool: true };
  return { kernel, stride: 1, padding: stem === 'cifar' ? 1 : (habits.stemPadding ?? 1), pool: false };
}

function paddingNotes({ stemPadding = 1 }: Habits): readonly Note[] {
  if (stemPadding === 1) return [];
  return [
    {
      code: 'STEM_PADDING_ASSUMED',
      value: stemPadding,
      message:
        `The file's names are those of a project that pads a 3×3 conv1 by ${stemPadding}, which was done. ` +
        "If this encoder pads by 1, say so by the stem 'cifar'.",
    },
  ];
}

function stridedConv({ bottleneck }: ResNetLayout, stride: BuildInput['stride']): number {
  if (stride === '1x1' && !bottleneck)
    throw new MemgpuError(
      'BAD_OPTION',
      "stride '1x1' is for bottlenecks; the blocks of this ResNet have no 1×1 convolution",
      {
        hint: 'Leave the stride out.',
      },
    );
  return bottleneck && stride !== '1x1' ? 2 : 1;
}

const BASIC = new Map([
  ['2,2,2,2', 18],
  ['3,4,6,3', 34],
]);
const BOTTLENECK = new Map([
  ['3,4,6,3', 50],
  ['3,4,23,3', 101],
  ['3,8,36,3', 152],
]);

/** What the literature calls it, else its blocks. */
function titleOf({ bottleneck, stages }: ResNetLayout, shapes: TensorShapes): string {
  const counts = stages.map((blocks) => blocks.length);
  const [first] = counts;
  const plain = `ResNet [${counts.join(', ')}]`;
  if (!bottleneck) {
    const depth = BASIC.get(counts.join(','));
    if (depth !== undefined) return `ResNet-${depth}`;
    // The ResNets made for CIFAR: three stages of n blocks are 6·n + 2 layers.
    return counts.length === 3 && counts.every((count) => count === first) ? `ResNet-${6 * first! + 2}` : plain;
  }
  const depth = BOTTLENECK.get(counts.join(','));
  const [width = 0, each = 0] = shapes.of('layer1.0.conv2.weight') ?? [];
  const expansion = shapes.outputs('layer1.0.conv3.weight', 4) / width;
  if (depth === undefined) return plain;
  if (each < width) return `ResNeXt-${depth} ${width / each}×${each}d`;
  if (expansion === 2) return `Wide ResNet-${depth}-2`;
  return expansion === 4 ? `ResNet-${depth}` : plain;
}
