import type { RefTensor } from './safetensors.js';
import { uniform } from './tiny-resnet9.js';

/** A random ResNet in torchvision's naming. */
export interface TinyResNet {
  readonly blocks?: readonly number[];
  /** Channels of the first stage's 3×3 convolutions; each stage doubles them. */
  readonly width?: number;
  /** Channels of a block's output per `width`: given, blocks are bottlenecks. */
  readonly expansion?: number;
  /** Of the bottlenecks' 3×3 convolutions. */
  readonly groups?: number;
  /** Of conv1. Default 3. */
  readonly kernel?: number;
  /** Default true; false: shortcuts without parameters. */
  readonly downsample?: boolean;
  readonly classes?: number;
}

/** Equal arguments give equal numbers; f and g differ by their seed. */
export function tinyResNetTensors(seed: number, tiny: TinyResNet = {}): Map<string, RefTensor> {
  const { blocks = [1, 1], width = 4, expansion, groups = 1, kernel = 3, downsample = true, classes } = tiny;
  const random = uniform(seed);
  const tensors = new Map<string, RefTensor>();
  const put = (name: string, shape: number[], low: number, high: number) => {
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, data: Float32Array.from({ length }, () => low + (high - low) * random()) });
  };
  const convNorm = (conv: string, norm: string, [out, from, side]: readonly [number, number, number], scale = 1) => {
    // Uniform with He's variance 2 / fan-in; a branch ends in a smaller scale, so that the stream does not grow.
    const bound = Math.sqrt(6 / (from * side * side));
    put(`${conv}.weight`, [out, from, side, side], -bound, bound);
    put(`${norm}.weight`, [out], 0.5 * scale, 1.5 * scale);
    put(`${norm}.bias`, [out], -0.3, 0.3);
    put(`${norm}.running_mean`, [out], -0.3, 0.3);
    put(`${norm}.running_var`, [out], 0.5, 1.5);
  };

  let channels = width;
  convNorm('conv1', 'bn1', [width, 3, kernel]);
  blocks.forEach((count, s) => {
    const inner = width * 2 ** s;
    const out = inner * (expansion ?? 1);
    for (let b = 0; b < count; b++) {
      const at = `layer${s + 1}.${b}`;
      const shapes: (readonly [number, number, number])[] = expansion
        ? [
            [inner, channels, 1],
            [inner, inner / groups, 3],
            [out, inner, 1],
          ]
        : [
            [inner, channels, 3],
            [inner, inner, 3],
          ];
      shapes.forEach((shape, i) => {
        convNorm(`${at}.conv${i + 1}`, `${at}.bn${i + 1}`, shape, i === shapes.length - 1 ? 0.4 : 1);
      });
      if (downsample && b === 0 && (s > 0 || channels !== out))
        convNorm(`${at}.downsample.0`, `${at}.downsample.1`, [out, channels, 1]);
      channels = out;
    }
  });
  if (classes !== undefined) {
    put('fc.weight', [classes, channels], -1 / Math.sqrt(channels), 1 / Math.sqrt(channels));
    put('fc.bias', [classes], -0.1, 0.1);
  }
  return tensors;
}
