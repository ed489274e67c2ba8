import { NORM_PARTS } from './batch-norm.js';

/** What tensor names tell of a ResNet, in torchvision's names. */
export interface ResNetLayout {
  /** Three convolutions a block (1×1, 3×3, 1×1), else two (3×3). */
  readonly bottleneck: boolean;
  readonly stages: readonly (readonly ResNetBlock[])[];
}

export interface ResNetBlock {
  /** `layer1.0`: stages count from 1, blocks from 0. */
  readonly name: string;
  /** Whether a convolution stands in its shortcut. */
  readonly downsample: boolean;
}

export const CLASSIFIER = { weight: 'fc.weight', bias: 'fc.bias' };

/** Depth and kind of blocks, from which tensors there are. Without any, the least that a ResNet has. */
export function layoutOf(has: (tensor: string) => boolean): ResNetLayout {
  const any = (name: string, ...parts: string[]) => parts.some((part) => has(`${name}.${part}`));
  const stages: ResNetBlock[][] = [];
  // One further on is looked at as well: what a file lacks in between is missing, not another network.
  for (let s = 1; s === 1 || isStage(s) || isStage(s + 1); s++) {
    const blocks: ResNetBlock[] = [];
    for (let b = 0; b === 0 || isBlock(s, b) || isBlock(s, b + 1); b++) {
      const name = `layer${s}.${b}`;
      blocks.push({ name, downsample: any(name, 'downsample.0.weight', 'downsample.1.weight') });
    }
    stages.push(blocks);
  }
  // Where one stage begins with a convolution in the shortcut, all that halve the map do.
  const projects = stages.slice(1).some(([first]) => first!.downsample);
  return {
    bottleneck: any('layer1.0', 'conv3.weight', 'bn3.weight'),
    stages: stages.map((blocks, s) =>
      blocks.map((block, b) => (projects && s > 0 && b === 0 ? { ...block, downsample: true } : block)),
    ),
  };

  function isStage(stage: number): boolean {
    return isBlock(stage, 0) || isBlock(stage, 1);
  }

  function isBlock(stage: number, block: number): boolean {
    return any(`layer${stage}.${block}`, 'conv1.weight', 'bn1.weight', 'conv2.weight', 'bn2.weight');
  }
}

/** The encoder's tensors in torchvision's names, in its order. */
export function encoderTensors({ bottleneck, stages }: ResNetLayout): readonly string[] {
  const numbers = bottleneck ? [1, 2, 3] : [1, 2];
  return [
    ...convNorm('conv1', 'bn1'),
    ...stages
      .flat()
      .flatMap(({ name, downsample }) => [
        ...numbers.flatMap((k) => convNorm(`${name}.conv${k}`, `${name}.bn${k}`)),
        ...(downsample ? convNorm(`${name}.downsample.0`, `${name}.downsample.1`) : []),
      ]),
  ];
}

function convNorm(conv: string, norm: string): readonly string[] {
  return [`${conv}.weight`, ...NORM_PARTS.map((part) => `${norm}.${part}`)];
}
