import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { sizedKernel } from '../../src/kernels/sized-kernel.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { erf, gelu } from '../reference/erf.js';
import { runKernel } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

type Name = 'exponential' | 'onePlusErf' | 'gelu';

/** A function of shaders/lib at every x; x is padded to a multiple of 4 with zeros. */
async function evaluate(name: Name, x: Float32Array): Promise<Float32Array> {
  const groups = Math.ceil(x.length / 4);
  const source = `
#import "lib/erf.wgsl"
@group(0) @binding(0) var<storage, read> input: array<vec4f, GROUPS>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f, GROUPS>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < GROUPS) { output[id.x] = ${name}(input[id.x]); }
}`;
  const sized = sizedKernel(name, source, { GROUPS: groups }, ['read', 'write'], () => [Math.ceil(groups / 64), 1, 1]);
  const padded = new Float32Array(4 * groups);
  padded.set(x);
  const [output] = await runKernel(gpu, sized, 1, [padded, { writes: 4 * groups }]);
  return output!.subarray(0, x.length);
}

/** `count` numbers from low to high, evenly. */
function grid(low: number, high: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

/** Distance between the f32 numbers around a normal value. */
function ulp(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(value))) - 23);
}

const worst = (values: Float32Array, error: (value: number, i: number) => number) =>
  values.reduce((most, value, i) => Math.max(most, error(value, i)), 0);

const SPECIAL = new Float32Array([0, -0, 1e-45, -1e-45, 1e-38, -1e-30, 1e-8, -1e-8, 3e38, -3e38, 1e10, -1e10]);

describe('exponential', () => {
  test.each([
    [-86.9, 88.72, 1 << 18],
    [-1, 1, 1 << 16],
    [-1e-3, 1e-3, 1 << 12],
  ])('from %d to %d is within 1.3 ulp', async (low, high, count) => {
    const x = grid(low, high, count);
    const found = await evaluate('exponential', x);
    // In units of the last place of a result just below a power of two, the worst case: 0.5 for the last addition, 0.25
    // each for r and for the addition before the last, 0.2 for r²·q, 0.07 for the polynomial. The measured worst is 0.99.
    expect(worst(found, (value, i) => Math.abs(value - Math.exp(x[i]!)) / ulp(Math.exp(x[i]!)))).toBeLessThanOrEqual(
      1.3,
    );
    await recordBits(`exp ${low} ${high}`, found);
  });

  test('is within 1.3 ulp on both sides of every change of n', async () => {
    const x = Float32Array.from({ length: 2 * 252 * 3 }, (_, i) => {
      const near = (Math.floor(i / 6) - 125 + 0.5) * Math.LN2;
      return near + ((i % 6) - 2.5) * 2 ** -18;
    }).filter((value) => value > -86.9 && value < 88.72);
    const found = await evaluate('exponential', x);
    expect(worst(found, (value, i) => Math.abs(value - Math.exp(x[i]!)) / ulp(Math.exp(x[i]!)))).toBeLessThanOrEqual(
      1.3,
    );
  });

  test('is 0 below −86.9, ∞ from 88.73 on up, NaN for NaN', async () => {
    const low = await evaluate(
      'exponential',
      new Float32Array([-86.901, -87, -88, -103, -1e4, -3e38, Number.NEGATIVE_INFINITY]),
    );
    expect([...low]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    const high = await evaluate('exponential', new Float32Array([88.73, 89, 200, 1e4, 3e38, Number.POSITIVE_INFINITY]));
    expect([...high]).toEqual(new Array(6).fill(Number.POSITIVE_INFINITY));
    expect([...(await evaluate('exponential', new Float32Array([Number.NaN, 1])))][0]).toBeNaN();
  });

  test('of nearly nothing is 1', async () => {
    expect([...(await evaluate('exponential', SPECIAL.subarray(0, 8)))]).toEqual(
      [...SPECIAL.subarray(0, 8)].map((x) => Math.fround(Math.exp(x))),
    );
  });
});

/** Dense around the change of branch at 0.921875 too. */
const POINTS = [
  [-10, 10, 1 << 18],
  [-1, 1, 1 << 16],
  [0.9218, 0.922, 1 << 10],
  [-0.922, -0.9218, 1 << 10],
  [-1e-3, 1e-3, 1 << 10],
] as const;

test.each(POINTS)('erf from %d to %d is within 2e-7', async (low, high, count) => {
  const t = grid(low, high, count);
  const found = await evaluate('onePlusErf', t);
  expect(worst(found, (value, i) => Math.abs(value - 1 - erf(t[i]!)))).toBeLessThanOrEqual(2e-7);
});

describe('gelu', () => {
  test.each(POINTS)('from %d to %d is within 2e-7 · |x| / 2 and the rounding of two products', async (low, high, n) => {
    const x = grid(low * Math.SQRT2, high * Math.SQRT2, n);
    const found = await evaluate('gelu', x);
    const exact = Float64Array.from(x, gelu);
    expect(
      worst(found, (value, i) => {
        const error = Math.abs(value - exact[i]!);
        return error === 0 ? 0 : error / ((Math.abs(x[i]!) / 2) * 2e-7 + 2 ** -23 * Math.abs(exact[i]!) + 1e-37);
      }),
    ).toBeLessThanOrEqual(1);
    await recordBits(`gelu ${low} ${high}`, found);
  });

  test('of a negative number is within 2e-7, of a large positive one the number itself', async () => {
    const x = grid(-1000, 0, 1 << 16);
    const found = await evaluate('gelu', x);
    expect(worst(found, (value, i) => Math.abs(value - gelu(x[i]!)))).toBeLessThanOrEqual(2e-7);
    expect(found.every((value) => value <= 0)).toBe(true);
    const large = grid(6, 1e6, 1000);
    expect(await evaluate('gelu', large)).toEqual(large);
  });

  test('is finite for every finite number, 0 for 0, NaN for NaN and −∞, ∞ for ∞', async () => {
    const found = await evaluate('gelu', SPECIAL);
    expect(found.every(Number.isFinite)).toBe(true);
    expect([found[0], found[8]]).toEqual([0, SPECIAL[8]]);
    expect(Math.abs(found[9]!)).toBe(0);
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minus } = Number;
    expect([...(await evaluate('gelu', new Float32Array([nan, inf, minus])))]).toEqual([nan, inf, nan]);
  });
});
