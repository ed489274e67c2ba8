import { quadsOf } from '../../kernels/adapter-class.js';
import type { Design } from '../../kernels/design.js';
import { packChannels } from '../../kernels/epilogue.js';
import { type WinogradShape, winogradInputKernel, winogradKernel } from '../../kernels/winograd.js';
import { answer, type KernelCase, stored } from '../case.js';
import { finished } from '../exact/products.js';
import { winogradOutputs, winogradPatches } from '../exact/winograd.js';
import { signed } from '../numbers.js';
import { EVERY } from './products.js';

/** The transformed input; the product of few channels, and of more than the narrow tile holds. */
export function winogradCases(design: Design): KernelCase[] {
  const map = { views: 3, height: 7, width: 9, channels: 20 };
  const input = signed(map.views * map.height * map.width * map.channels, 21);
  return [
    {
      sized: winogradInputKernel(map),
      count: map.views,
      bound: () => [
        stored(input, map.channels, 'f32'),
        answer(winogradPatches(map, input), map.channels, 'f32'),
        new Uint32Array([map.views, 0, 0, 0]),
      ],
    },
    ...[14, 38].map((out) => winogradCase({ ...map, out }, design)),
  ];
}

function winogradCase(shape: WinogradShape, { family, adapter }: Design): KernelCase {
  const { views, height, width, channels, out } = shape;
  return {
    sized: winogradKernel(shape, EVERY, family, quadsOf(adapter)),
    count: views,
    bound() {
      const tiles = Math.ceil(height / 2) * Math.ceil(width / 2);
      const patches = signed(views * 16 * tiles * channels, 22);
      const weights = signed(16 * out * channels, 23);
      const others = {
        bias: signed(out, 24),
        scale: signed(out, 25),
        shift: signed(out, 26),
        residual: signed(views * height * width * out, 27),
      };
      return [
        stored(patches, channels, 'f32'),
        stored(paddedRows(weights, out, channels), channels, 'f32'),
        packChannels(out, others),
        answer(finished(winogradOutputs(shape, out, patches, weights), out, EVERY, others), out, 'f32'),
        new Uint32Array([views, 0, 0, 0]),
        stored(others.residual, out, 'f32'),
      ];
    },
  };
}

/** [16][out][channels] with `out` padded to a multiple of 4: each of the 16 places has rows of its own. */
function paddedRows(weights: Float32Array, out: number, channels: number): Float32Array {
  const rows = Math.ceil(out / 4) * 4;
  const padded = new Float32Array(16 * rows * channels);
  for (let place = 0; place < 16; place++)
    padded.set(weights.subarray(place * out * channels, (place + 1) * out * channels), place * rows * channels);
  return padded;
}
