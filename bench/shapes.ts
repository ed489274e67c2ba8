import { MemgpuError } from '../src/errors.js';
import { type ConvShape, convOutput } from '../src/kernels/conv.js';

const SPECIFICATION = 'conv:VIEWS,SIZE,IN,OUT[,KERNEL[,STRIDE[,PADDING]]] or gemm:M,N,K';

/**
 * A shape as the command line writes it; a matrix product is a 1×1 convolution over one position.
 * @throws BAD_OPTION saying how a shape is written
 */
export function parseShape(text: string): ConvShape {
  const [, operation, list = ''] = /^(conv|gemm):([\d,]+)$/.exec(text) ?? [];
  const values = list.split(',').map(Number);
  const usable = values.every((value) => Number.isSafeInteger(value) && value >= 0);
  if (usable && operation === 'gemm' && values.length === 3 && !values.includes(0)) {
    const [views = 1, out = 1, channels = 1] = values;
    return { views, height: 1, width: 1, channels, out, kernel: 1, stride: 1, padding: 0 };
  }
  if (usable && operation === 'conv' && values.length >= 4 && values.length <= 7 && !values.slice(0, 6).includes(0)) {
    const [views = 1, size = 1, channels = 1, out = 1, kernel = 3, stride = 1, padding = (kernel - 1) >> 1] = values;
    const conv = { views, height: size, width: size, channels, out, kernel, stride, padding };
    if (convOutput(conv).height > 0) return conv;
  }
  throw new MemgpuError('BAD_OPTION', `--shape: ${JSON.stringify(text)} is no shape`, {
    hint: `Write ${SPECIFICATION}.`,
  });
}

/** Such as 'conv 3x3/1 64>128 @16 b320' (b: views), or 'gemm 1024x1024x1024' (M, N, K). */
export function shapeName({ views, height, width, channels, out, kernel, stride, padding }: ConvShape): string {
  if (height === 1 && width === 1 && kernel === 1) return `gemm ${views}x${out}x${channels}`;
  const usual = padding === (kernel - 1) >> 1 || (padding === 0 && kernel === stride);
  const map = height === width ? height : `${height}x${width}`;
  return `conv ${kernel}x${kernel}/${stride}${usual ? '' : ` p${padding}`} ${channels}>${out} @${map} b${views}`;
}

/** Multiplications and additions as counted by everyone: products with padding too. */
export function flopsOf(conv: ConvShape): number {
  const { height, width } = convOutput(conv);
  return 2 * conv.views * height * width * conv.out * conv.channels * conv.kernel ** 2;
}
