import { Encoder } from '../encoder/encoder.js';
import { allocateWorkspace } from '../encoder/workspace.js';
import type { Gpu } from '../gpu/gpu.js';
import type { Graph } from '../graph/graph.js';
import { makePlan } from '../graph/plan.js';
import { philox4x32 } from '../images/philox.js';

export interface ComputeCheck {
  readonly passed: boolean;
  /** The largest error, as a share of its bound. */
  readonly largest: number;
}

const SIDE = 8;
const CHANNELS = 4;
const OUT = 16;
const VIEWS = 5;
const TERMS = 9 * CHANNELS;

const CONVOLUTION: Graph = {
  family: 'check',
  input: { channels: CHANNELS, height: SIDE, width: SIDE },
  nodes: [
    {
      name: 'conv',
      label: 'check',
      inputs: ['input'],
      op: { kind: 'conv', weight: 'weight', bias: null, out: OUT, kernel: 3, stride: 1, padding: 1 },
    },
  ],
};

/**
 * Runs one 3×3 convolution by the kernel that this adapter gets, and compares every value with a float64 loop. The bound
 * is that of a float32 sum of K products: 2√K · 2⁻²⁴ · Σ|a·b|.
 */
export async function checkCompute(gpu: Gpu): Promise<ComputeCheck> {
  const input = signed(VIEWS * SIDE * SIDE * CHANNELS, 1);
  const weight = signed(OUT * CHANNELS * 9, 2);
  const found = await convolve(gpu, input, weight);
  let largest = 0;
  for (let view = 0; view < VIEWS; view++) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        for (let out = 0; out < OUT; out++) {
          const { sum, scale } = exact(input, weight, view, y, x, out);
          const value = found[((view * SIDE + y) * SIDE + x) * OUT + out]!;
          const share = Math.abs(value - sum) / (2 * Math.sqrt(TERMS) * 2 ** -24 * scale);
          largest = Number.isNaN(share) ? Number.POSITIVE_INFINITY : Math.max(largest, share);
        }
      }
    }
  }
  return { passed: largest <= 1, largest };
}

async function convolve(gpu: Gpu, input: Float32Array, weight: Float32Array): Promise<Float32Array> {
  using encoder = await Encoder.load(gpu, { graph: CONVOLUTION, parameters: new Map([['weight', weight]]) });
  const plan = makePlan(CONVOLUTION, { taps: ['conv'] });
  using workspace = await allocateWorkspace(gpu, plan, VIEWS);
  using forward = await encoder.bind(plan, workspace);
  workspace.setCount(VIEWS);
  gpu.write(workspace.slots[0]!, input);
  const recording = gpu.record();
  forward.record(recording, VIEWS);
  const [bytes] = await gpu.run(recording, [forward.taps[0]!.buffer]);
  return new Float32Array(bytes!);
}

/** One output value, and the sum of its products' magnitudes. Input [view][y][x][channel], weight [out][channel][3][3]. */
function exact(input: Float32Array, weight: Float32Array, view: number, y: number, x: number, out: number) {
  let sum = 0;
  let scale = 0;
  for (let ky = 0; ky < 3; ky++) {
    for (let kx = 0; kx < 3; kx++) {
      const [iy, ix] = [y + ky - 1, x + kx - 1];
      if (iy < 0 || ix < 0 || iy >= SIDE || ix >= SIDE) continue;
      for (let c = 0; c < CHANNELS; c++) {
        const product =
          input[((view * SIDE + iy) * SIDE + ix) * CHANNELS + c]! * weight[((out * CHANNELS + c) * 3 + ky) * 3 + kx]!;
        sum += product;
        scale += Math.abs(product);
      }
    }
  }
  return { sum, scale };
}

/** Numbers in [−1, 1), the same everywhere. */
function signed(length: number, key: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => philox4x32([i, 0, 0, 0], [key, 0])[0] / 2 ** 31 - 1);
}
