import { MemgpuError } from '../errors.js';
import type { GraphNode, Op } from '../graph/graph.js';
import type { TensorShapes } from './family.js';
import { CLASSIFIER, type ResNetBlock, type ResNetLayout } from './resnet-layout.js';

/** First layers of a ResNet. */
export interface Stem {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Whether a 3×3 max pool of stride 2 ends it. */
  readonly pool: boolean;
}

export interface NodesInput {
  readonly layout: ResNetLayout;
  readonly shapes: TensorShapes;
  readonly stem: Stem;
  /** Which convolution of a block takes its stride, counted from 1. */
  readonly strided: number;
}

/** Channels of a batch normalisation that the nodes read. */
export interface Norm {
  readonly name: string;
  readonly channels: number;
}

/**
 * The nodes of a ResNet under torchvision's names (field: §4.1), a parameterless shortcut as `layerS.B.downsample`; labels
 * are the paper's rows (metrics: §2.2) on raw convolutions and pools.
 *
 * @throws SHAPE_MISMATCH where a weight is no convolution's, MISSING_TENSOR where a shortcut has no way to fit.
 */
export function resnetNodes({ layout, shapes, stem, strided }: NodesInput): {
  readonly nodes: readonly GraphNode[];
  readonly norms: readonly Norm[];
} {
  const nodes: GraphNode[] = [];
  const norms: Norm[] = [];
  const push = (name: string, op: Op, inputs: readonly string[], label: string, ...aliases: string[]): string => {
    nodes.push({ name, op, inputs, label, ...(aliases.length > 0 && { aliases }) });
    return name;
  };
  const widthOf = (conv: string) => shapes.outputs(`${conv}.weight`, 4);
  const convNorm = (conv: string, norm: string, from: string, window: Window, label: string) => {
    const out = widthOf(conv);
    norms.push({ name: norm, channels: out });
    push(conv, { kind: 'conv', weight: `${conv}.weight`, bias: null, out, ...window }, [from], label);
    const op = { kind: 'affine', scale: `${norm}.scale`, shift: `${norm}.shift` } as const;
    // torchvision's truncated name of a module is its last node.
    const whole = norm.endsWith('.downsample.1') ? [norm.slice(0, -2)] : [];
    return push(norm, op, [conv], `${label} after BatchNorm`, ...whole);
  };

  const { kernel, stride, padding } = stem;
  let last = convNorm('conv1', 'bn1', 'input', { kernel, stride, padding }, 'conv1');
  last = push('relu', { kind: 'relu' }, [last], 'conv1 after ReLU', 'act1', ...(stem.pool ? [] : ['embedder']));
  if (stem.pool)
    last = push('maxpool', { kind: 'maxpool', kernel: 3, stride: 2, padding: 1 }, [last], 'max pool', 'embedder');

  const kernels = layout.bottleneck ? [1, 3, 1] : [3, 3];
  let channels = widthOf('conv1');
  layout.stages.forEach((blocks, s) => {
    blocks.forEach((block, b) => {
      last = pushBlock(block, last, s > 0 && b === 0 ? 2 : 1, {
        row: (k) => `conv${s + 2}-${b * kernels.length + k}`,
        aliases: [
          block.name,
          `encoder.stages.${s}.layers.${b}`,
          ...(b === blocks.length - 1 ? [`layer${s + 1}`, `encoder.stages.${s}`] : []),
        ],
      });
      channels = widthOf(`${block.name}.conv${kernels.length}`);
    });
  });
  last = push('avgpool', { kind: 'global-avgpool' }, [last], 'average-pool', 'global_pool', 'flatten', 'pooler');

  const [classes, features, ...more] = shapes.of(CLASSIFIER.weight) ?? [];
  if (classes && features === channels && more.length === 0 && shapes.of(CLASSIFIER.bias))
    push('fc', { kind: 'linear', ...CLASSIFIER, out: classes }, [last], 'fully-connected');
  return { nodes, norms };

  function pushBlock(
    block: ResNetBlock,
    input: string,
    blockStride: number,
    { row, aliases }: { readonly row: (k: number) => string; readonly aliases: readonly string[] },
  ): string {
    const { name } = block;
    let value = input;
    let width = channels;
    kernels.forEach((size, i) => {
      const k = i + 1;
      const conv = `${name}.conv${k}`;
      const window = {
        kernel: size,
        stride: k === strided ? blockStride : 1,
        padding: (size - 1) / 2,
        ...(layout.bottleneck && k === 2 ? groupsOf(conv, width) : {}),
      };
      value = convNorm(conv, `${name}.bn${k}`, value, window, row(k));
      width = widthOf(conv);
      if (k < kernels.length)
        value = push(
          i === 0 ? `${name}.relu` : `${name}.relu_${i}`,
          { kind: 'relu' },
          [value],
          `${row(k)} after ReLU`,
          `${name}.act${k}`,
        );
    });
    const shortcut = pushShortcut(block, input, blockStride, width);
    const sum = push(`${name}.add`, { kind: 'add' }, [value, shortcut], `sum of ${name}`);
    const act = `${name}.act${kernels.length}`;
    return push(`${name}.relu_${kernels.length - 1}`, { kind: 'relu' }, [sum], `${name} after ReLU`, ...aliases, act);
  }

  function pushShortcut({ name, downsample }: ResNetBlock, input: string, blockStride: number, out: number): string {
    const label = `shortcut of ${name}`;
    if (downsample) {
      const window = { kernel: 1, stride: blockStride, padding: 0 };
      return convNorm(`${name}.downsample.0`, `${name}.downsample.1`, input, window, label);
    }
    if (blockStride === 1 && out === channels) return input;
    // Without parameters: as in the ResNets made for CIFAR (option A).
    if (layout.bottleneck || stem.pool)
      throw new MemgpuError('MISSING_TENSOR', `${shapes.file}: is a ResNet without ${name}.downsample.0.weight`, {
        hint: 'Save the whole state dict, buffers (running_mean, running_var) included.',
      });
    return push(`${name}.downsample`, { kind: 'shortcut-pad', out, stride: blockStride }, [input], label);
  }

  /** A grouped convolution reads only its group's channels. */
  function groupsOf(conv: string, from: number): { readonly groups?: number } {
    const each = shapes.of(`${conv}.weight`)?.[1] ?? 0;
    return each > 0 && each < from && from % each === 0 ? { groups: from / each } : {};
  }
}

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly groups?: number;
}
