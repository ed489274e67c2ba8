import { expect, test } from 'vitest';
import type { Graph, Op } from '../../src/graph/graph.js';
import { ruleOf } from '../../src/graph/ops.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { packWinogradWeights } from '../../src/kernels/winograd.js';
import { casesOf } from '../../src/self-check/cases.js';
import { erf } from '../../src/self-check/exact/erf.js';
import { forward } from '../../src/self-check/exact/forward.js';
import { pooled, shortcut } from '../../src/self-check/exact/maps.js';
import { convolution } from '../../src/self-check/exact/products.js';
import { swiglu } from '../../src/self-check/exact/transformer.js';
import * as views from '../../src/self-check/exact/views.js';
import { winogradOutputs, winogradPatches } from '../../src/self-check/exact/winograd.js';
import { networkOf } from '../../src/self-check/networks.js';
import { fractions, signed } from '../../src/self-check/numbers.js';
import { ENCODERS } from '../../src/self-check/use.js';
import { erf as referenceErf } from '../reference/erf.js';
import { runGraphF64 } from '../reference/forward.js';
import { referenceView } from '../reference/views.js';
import { designsOf } from './designs.js';

/** Largest difference, in parts of the largest value. */
function apart(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  const [a, b] = [Array.from(found), Array.from(wanted)];
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / largest;
}

/** Both are float64; they add the same terms in another order. */
const FLOAT64 = 1e-12;

/** A graph of one node, its numbers and the reference's answer. */
function one(op: Op, input: Graph['input'], n = 2) {
  const graph: Graph = { family: 'x', input, nodes: [{ name: 'n', op, inputs: ['input'], label: 'n' }] };
  const shapes = inferShapes(graph);
  const parameters = new Map(
    (ruleOf(op).parameters?.(op, [shapes.get('input')!]) ?? []).map(({ name, shape }, i) => [
      name,
      signed(
        shape.reduce((a, b) => a * b),
        i + 5,
      ),
    ]),
  );
  const values = signed(n * input.height * input.width * input.channels, 1);
  return { parameters, values, answer: runGraphF64(graph, parameters, values, n).get('n')! };
}

test.each([
  ['plain', 6, 5, 3, 1, 1, 1],
  ['strided', 6, 5, 3, 2, 1, 1],
  ['large', 3, 4, 7, 2, 3, 1],
  ['a patch', 3, 4, 4, 4, 0, 1],
  ['in groups', 8, 12, 3, 2, 1, 4],
] as const)('a convolution, %s, is that of the reference', (_, channels, out, kernel, stride, padding, groups) => {
  const op: Op = { kind: 'conv', weight: 'w', bias: null, out, kernel, stride, padding, groups };
  const { parameters, values, answer } = one(op, { channels, height: 9, width: 8 });
  const shape = { views: 2, height: 9, width: 8, channels, out, kernel, stride, padding, groups };
  expect(apart(convolution(shape, values, parameters.get('w')!).values, answer)).toBeLessThan(FLOAT64);
});

test.each(['max', 'avg'] as const)('pooling, %s, is that of the reference', (mode) => {
  const window = { kernel: 3, stride: 2, padding: 1 };
  const { values, answer } = one({ kind: `${mode}pool`, ...window }, { channels: 5, height: 9, width: 6 });
  const map = { views: 2, height: 9, width: 6, channels: 5, ...window };
  expect(apart(pooled(map, mode, values).values, answer)).toBeLessThan(FLOAT64);
});

test('the shortcut of a CIFAR ResNet is that of the reference', () => {
  const { values, answer } = one({ kind: 'shortcut-pad', out: 12, stride: 2 }, { channels: 5, height: 9, width: 6 });
  const map = { views: 2, height: 9, width: 6, channels: 5, out: 12, stride: 2 };
  expect(shortcut(map, values).values).toEqual(answer);
});

test('SwiGLU is that of the reference', () => {
  const { values, answer } = one({ kind: 'swiglu' }, { channels: 8, height: 5, width: 1 });
  expect(apart(swiglu(values, 4).values, answer)).toBeLessThan(FLOAT64);
});

test('Winograd by its matrices is the direct convolution', () => {
  const map = { views: 2, height: 7, width: 6, channels: 4 };
  const input = signed(2 * 7 * 6 * 4, 1);
  const weights = signed(8 * 4 * 9, 2);
  const patches = winogradPatches(map, input).values;
  // Eight and four are multiples of 4: nothing is padded.
  const outputs = winogradOutputs(map, 8, patches, packWinogradWeights(weights, 8, 4)).values;
  const direct = convolution({ ...map, out: 8, kernel: 3, stride: 1, padding: 1 }, input, weights).values;
  // The transformed weights are rounded to float32.
  expect(apart(outputs, direct)).toBeLessThan(1e-6);
});

test('erf is that of the reference, to 1e-11', () => {
  for (let x = -7; x <= 7; x += 0.01) expect(Math.abs(erf(x) - referenceErf(x))).toBeLessThan(1e-11);
});

const [design] = designsOf('register');

test.each(ENCODERS)('every node of the %s network is that of the reference', (encoder) => {
  const { graph } = networkOf({ design: design!, encoder });
  const shapes = inferShapes(graph);
  const parameters = new Map<string, Float32Array>();
  for (const { op, inputs } of graph.nodes) {
    const asked = ruleOf(op).parameters?.(
      op,
      inputs.map((name) => shapes.get(name)!),
    );
    for (const { name, shape } of asked ?? [])
      parameters.set(
        name,
        signed(
          shape.reduce((a, b) => a * b),
          parameters.size,
        ),
      );
  }
  const { channels, height, width } = graph.input;
  const input = signed(2 * height * width * channels, 3);
  const found = forward(graph, parameters, input, 2);
  const wanted = runGraphF64(graph, parameters, input, 2);
  for (const [node, values] of wanted) expect(apart(found.get(node)!, values), node).toBeLessThan(1e-9);
});

const SIZE = 10;
const WHOLE = {
  box: [0, 0, SIZE, SIZE],
  resized: [SIZE, SIZE],
  offset: [0, 0],
  filter: 'bilinear',
  flipHorizontal: false,
  flipVertical: false,
} as const;

/** A picture of three planes, and its pixels. */
function picture(width: number, height: number) {
  const rgb = fractions(3 * width * height, 9);
  const pixel = (y: number, x: number): views.Pixel => {
    const plane = (c: number) => rgb[(c * height + y) * width + x]!;
    return [plane(0), plane(1), plane(2)];
  };
  return { data: { width, height, rgb }, pixel };
}

test.each([
  { ...WHOLE, box: [2, 1, 23, 17], flipHorizontal: true },
  { ...WHOLE, box: [5, 3, 7, 6], resized: [12, 14], offset: [1, 3], filter: 'bicubic', flipVertical: true },
] as const)('a cut picture is that of the reference', (cut) => {
  const { data, pixel } = picture(20, 27);
  const wanted = referenceView(data, { ...cut, steps: [] }, SIZE);
  expect(apart(views.resampled(pixel, cut, SIZE).flat(), wanted)).toBeLessThan(FLOAT64);
});

test.each([
  ['brightness', { op: 'brightness', factor: 1.3 }, (x) => views.brightened(x, 1.3)],
  ['saturation', { op: 'saturation', factor: 0.4 }, (x) => views.saturated(x, 0.4)],
  ['hue', { op: 'hue', factor: -0.35 }, (x) => views.hueTurned(x, -0.35)],
  ['invert', { op: 'invert' }, (x) => views.inverted(x)],
  ['solarize', { op: 'solarize', threshold: 0.5 }, (x) => views.inverted(x, 0.5)],
] as const satisfies readonly (readonly [string, object, (x: views.Pixel) => views.Pixel])[])(
  '%s is that of the reference',
  (_, step, of) => {
    const { data, pixel } = picture(SIZE, SIZE);
    const found = Array.from({ length: SIZE * SIZE }, (__, i) => of(pixel(Math.floor(i / SIZE), i % SIZE)));
    expect(apart(found.flat(), referenceView(data, { ...WHOLE, steps: [step] }, SIZE))).toBeLessThan(1e-9);
  },
);

test('contrast and gray are those of the reference', () => {
  const { data, pixel } = picture(SIZE, SIZE);
  const pixels = Array.from({ length: SIZE * SIZE }, (_, i) => pixel(Math.floor(i / SIZE), i % SIZE));
  const mean = pixels.reduce((sum, x) => sum + views.grayOf(x), 0) / pixels.length;
  const found = pixels.flatMap((x) => views.contrasted(x, 0.6, mean));
  const wanted = referenceView(data, { ...WHOLE, steps: [{ op: 'contrast', factor: 0.6 }] }, SIZE);
  expect(apart(found, wanted)).toBeLessThan(1e-9);
});

test('a blur along lines, then columns, is that of the reference', () => {
  const { data, pixel } = picture(SIZE, SIZE);
  const pixels = Array.from({ length: SIZE * SIZE }, (_, i) => pixel(Math.floor(i / SIZE), i % SIZE));
  const half = [0, 1, 2].map((x) => Math.exp(-0.5 * (x / 0.8) ** 2));
  const total = half[0]! + 2 * half[1]! + 2 * half[2]!;
  const weights = half.map((weight) => weight / total);
  const across = views.blurredLine(pixels, weights, false, SIZE);
  const wanted = referenceView(data, { ...WHOLE, steps: [{ op: 'blur', kernel: 5, sigma: 0.8 }] }, SIZE);
  expect(apart(views.blurredLine(across, weights, true, SIZE).flat(), wanted)).toBeLessThan(1e-9);
});

test('every bound is below a thousandth of the largest value beside it', () => {
  for (const { sized, bound } of ENCODERS.flatMap((encoder) => casesOf({ design: design!, encoder, blocks: true })))
    for (const part of bound()) {
      if (ArrayBuffer.isView(part)) continue;
      const largest = Math.max(...part.values.filter((_, i) => Number.isFinite(part.errors[i])).map(Math.abs));
      // Formats that a driver might compute in instead of float32 have 11 bits and fewer.
      const loose = part.errors.filter((error) => Number.isFinite(error) && error > largest / 1000);
      expect(loose, sized.kernel.label).toHaveLength(0);
    }
});
