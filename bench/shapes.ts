import { MemgpuError } from '../src/errors.js';
import { makePlan } from '../src/graph/plan.js';
import { type ConvShape, convOutput } from '../src/kernels/conv.js';
import type { Model } from '../src/models/load.js';

/** A piece of work for the convolution kernel; a matrix product is a 1×1 convolution over one position. */
export interface BenchShape {
  readonly name: string;
  readonly conv: ConvShape;
}

/** Views of a batch in the measurements of ResNet-9: 32 images of 10 views. */
const VIEWS = 320;

const SPECIFICATION = 'conv:VIEWS,SIZE,IN,OUT[,KERNEL[,STRIDE[,PADDING]]] or gemm:M,N,K';

/** The two reference shapes, then every convolution of the encoder once. */
export function standardShapes(model: Model): BenchShape[] {
  const { steps, tensors } = makePlan(model.graph, { taps: model.defaultTaps });
  const shapes = [parseShape('conv:32,32,64,64'), parseShape('gemm:1024,1024,1024')];
  for (const { op, inputs } of steps) {
    if (op.kind !== 'conv') continue;
    const { out, kernel, stride, padding } = op;
    const from = tensors[inputs[0]!]!.shape;
    const conv: ConvShape = { views: VIEWS, ...from, out, kernel, stride, padding };
    const name = convName(conv);
    if (!shapes.some((shape) => shape.name === name)) shapes.push({ name, conv });
  }
  return shapes;
}

/** @throws BAD_OPTION saying how a shape is written */
export function parseShape(text: string): BenchShape {
  const [, operation, list = ''] = /^(conv|gemm):([\d,]+)$/.exec(text) ?? [];
  const values = list.split(',').map(Number);
  const usable = values.every((value) => Number.isSafeInteger(value) && value >= 0);
  if (usable && operation === 'gemm' && values.length === 3 && !values.includes(0)) {
    const [views = 1, out = 1, channels = 1] = values;
    const conv = { views, height: 1, width: 1, channels, out, kernel: 1, stride: 1, padding: 0 };
    return { name: `gemm ${views}x${out}x${channels}`, conv };
  }
  if (usable && operation === 'conv' && values.length >= 4 && values.length <= 7 && !values.slice(0, 6).includes(0)) {
    const [views = 1, size = 1, channels = 1, out = 1, kernel = 3, stride = 1, padding = (kernel - 1) >> 1] = values;
    const conv = { views, height: size, width: size, channels, out, kernel, stride, padding };
    if (convOutput(conv).height > 0) return { name: convName(conv), conv };
  }
  throw new MemgpuError('BAD_OPTION', `--shape: ${JSON.stringify(text)} is no shape`, {
    hint: `Write ${SPECIFICATION}.`,
  });
}

function convName({ views, height, width, channels, out, kernel, stride }: ConvShape): string {
  return `conv ${kernel}x${kernel}/${stride} ${channels}>${out} @${height}x${width} b${views}`;
}

/** Multiplications and additions as counted by everyone: products with padding too. */
export function flopsOf(conv: ConvShape): number {
  const { height, width } = convOutput(conv);
  return 2 * conv.views * height * width * conv.out * conv.channels * conv.kernel ** 2;
}
