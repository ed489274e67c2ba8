import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../../src/gpu/expression.js';
import type { BindingKind, Gpu, Kernel } from '../../src/gpu/gpu.js';
import { attentionKernel, attentionScoresKernel, attentionValuesKernel } from '../../src/kernels/attention.js';
import { convKernel } from '../../src/kernels/conv.js';
import type { EpilogueParts } from '../../src/kernels/epilogue.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { groupedConvKernel } from '../../src/kernels/grouped-conv.js';
import { layernormKernel } from '../../src/kernels/layernorm.js';
import { momentsKernels } from '../../src/kernels/moments.js';
import { pairsKernels } from '../../src/kernels/pair-distances.js';
import { pointwiseKernel } from '../../src/kernels/pointwise.js';
import { globalAvgpoolKernel, poolKernel } from '../../src/kernels/pool.js';
import { shortcutPadKernel } from '../../src/kernels/shortcut-pad.js';
import type { SizedKernel } from '../../src/kernels/sized-kernel.js';
import { softmaxKernel } from '../../src/kernels/softmax.js';
import { swigluKernel } from '../../src/kernels/swiglu.js';
import { tokenKernel, tokensKernel } from '../../src/kernels/tokens.js';
import {
  viewBlurKernel,
  viewColorKernel,
  viewGrayMeanKernel,
  viewGrayRowsKernel,
  viewResampleKernel,
} from '../../src/kernels/view-kernels.js';
import { winogradInputKernel, winogradKernel } from '../../src/kernels/winograd.js';
import { openTestGpu } from '../open-gpu.js';
import { kernelsOf, kernelsOfViews, models } from './planned-kernels.js';

const PLAIN: EpilogueParts = {
  bias: false,
  affine: false,
  relu: false,
  gelu: false,
  residual: false,
  reluAfterAdd: false,
};
const FUSED: EpilogueParts = {
  bias: true,
  affine: true,
  relu: true,
  gelu: false,
  residual: false,
  reluAfterAdd: false,
};
const EVERY: EpilogueParts = { bias: true, affine: true, relu: true, gelu: false, residual: true, reluAfterAdd: true };

const conv = { views: 20, height: 8, width: 8, channels: 64, out: 64, kernel: 3, stride: 1, padding: 1 };
const stem = { ...conv, height: 32, width: 32, channels: 3 };
const token = { views: 20, height: 1, width: 1, channels: 64, out: 64, kernel: 1, stride: 1, padding: 0 };
const pool = { views: 20, height: 8, width: 8, channels: 64, kernel: 2, stride: 2, padding: 0 };
const patches = { views: 20, patches: 196, prefix: 1, channels: 192 };
const attention = { views: 20, tokens: 197, heads: 3, channels: 192 };
const moments = momentsKernels({ images: 2, rows: 10, first: 0, positions: 256, channels: 64 });
const tap = { images: 2, positions: 64, channels: 64, normalized: true, l1: false };
const three = pairsKernels({ ...tap, rows: 3, pairs: 'all' });
const sixteen = pairsKernels({ ...tap, rows: 16, pairs: 'all' });
const clean = pairsKernels({ ...tap, rows: 3, pairs: 'clean' });
const rawL1 = pairsKernels({ ...tap, rows: 3, pairs: 'all', normalized: false, l1: true });
const view = { size: 32, views: 20 };

/** One shape for each variant of each shader. */
const VARIANTS: Record<string, SizedKernel> = {
  ...Object.fromEntries(FAMILIES.map((family) => [`conv-${family}-stem`, convKernel(stem, FUSED, family)])),
  ...Object.fromEntries(FAMILIES.map((family) => [`conv-${family}-residual`, convKernel(conv, EVERY, family)])),
  'conv-quad-plain': convKernel(conv, PLAIN, 'quad'),
  'conv-quad-patches': convKernel({ ...stem, kernel: 4, stride: 4, padding: 0 }, PLAIN, 'quad'),
  'winograd-input': winogradInputKernel(conv),
  ...Object.fromEntries(FAMILIES.map((family) => [`winograd-${family}`, winogradKernel(conv, EVERY, family)])),
  'pool-max': poolKernel(pool, 'max'),
  'pool-avg': poolKernel(pool, 'avg'),
  'global-avgpool': globalAvgpoolKernel({ views: 20, positions: 16, channels: 64 }),
  'pointwise-affine-relu': pointwiseKernel({ views: 20, positions: 64, channels: 64 }, { ...FUSED, bias: false }),
  'pointwise-residual': pointwiseKernel({ views: 20, positions: 64, channels: 64 }, { ...PLAIN, residual: true }),
  'conv-quad-gelu': convKernel(token, { ...PLAIN, bias: true, gelu: true }, 'quad'),
  'pointwise-gelu': pointwiseKernel({ views: 20, positions: 64, channels: 64 }, { ...PLAIN, gelu: true }),
  'layernorm-plain': layernormKernel({ views: 20, positions: 197, channels: 192 }, { eps: 1e-6 }, 'quad'),
  'layernorm-plain-padded': layernormKernel({ views: 20, positions: 1, channels: 77 }, { eps: 1e-12 }, 'quad'),
  'layernorm-tile': layernormKernel({ views: 20, positions: 197, channels: 192 }, { eps: 1e-6 }, 'tile'),
  'softmax-plain': softmaxKernel({ views: 20, rows: 591, columns: 197 }, 'quad'),
  'softmax-tile': softmaxKernel({ views: 20, rows: 591, columns: 197 }, 'tile'),
  swiglu: swigluKernel({ views: 20, positions: 197, channels: 64 }),
  ...Object.fromEntries(
    (['quad', 'register'] as const).flatMap((family) => [
      [`attention-scores-${family}`, attentionScoresKernel(attention, family)],
      [`attention-values-${family}`, attentionValuesKernel(attention, family)],
    ]),
  ),
  ...Object.fromEntries(FAMILIES.map((family) => [`attention-${family}`, attentionKernel(attention, family)])),
  tokens: tokensKernel(patches, { positions: false }),
  'tokens-positions': tokensKernel(patches, { positions: true }),
  token: tokenKernel({ views: 20, tokens: 197, channels: 192 }, 0),
  'shortcut-pad': shortcutPadKernel({ views: 20, height: 32, width: 32, channels: 16, out: 32, stride: 2 }),
  'grouped-conv-quad': groupedConvKernel({ ...conv, groups: 16 }, EVERY, 'quad'),
  'grouped-conv-aligned': groupedConvKernel({ ...conv, groups: 16 }, EVERY, 'register'),
  'grouped-conv-depthwise': groupedConvKernel({ ...conv, groups: 64 }, PLAIN, 'register'),
  'view-moments': moments.viewMoments,
  'unit-means': moments.unitMeans,
  'view-norms': moments.viewNorms,
  'pair-distances': three.distances[0]!,
  'pair-distances-raw-l1': rawL1.distances[0]!,
  'pair-distances-clean': clean.distances[0]!,
  'pair-distances-block': sixteen.distances[0]!,
  'pair-distances-cross': sixteen.distances[1]!,
  'pair-sums': three.pairSums,
  'view-resample': viewResampleKernel(view, 4096),
  'view-color': viewColorKernel(view, 5),
  'view-gray-rows': viewGrayRowsKernel(view),
  'view-gray-mean': viewGrayMeanKernel(view),
  'view-blur-horizontal': viewBlurKernel(view, 1, false),
  'view-blur-vertical': viewBlurKernel(view, 1, true),
};

/** For a graph of one's own. */
const IN_NO_FAMILY = ['avgpool'];

test.each(Object.entries(VARIANTS))('the final text of %s is the reviewed one', async (name, { kernel }) => {
  await expect(kernel.code).toMatchFileSnapshot(`snapshots/${name}.wgsl`);
});

/** The bindings that a shader declares, by number; undefined where a number is left out. */
function declaredBindings(code: string): (BindingKind | undefined)[] {
  const kinds: Record<string, BindingKind> = {
    'storage, read': 'read',
    'storage, read_write': 'write',
    uniform: 'uniform',
  };
  const declared: (BindingKind | undefined)[] = [];
  for (const [, at, space] of code.matchAll(/@group\(0\) @binding\((\d+)\) var<([^>]+)>/g)) {
    const kind = kinds[space!];
    if (kind === undefined || declared[Number(at)] !== undefined) throw new Error(`binding ${at}: <${space}>`);
    declared[Number(at)] = kind;
  }
  return Array.from(declared);
}

/** The whole numbers among the constants of a shader. */
function constantsOf(code: string): Map<string, number> {
  const constants = new Map<string, number>();
  for (const [, name, value] of code.matchAll(/^const (\w+) = (.+);$/gm)) {
    const expression = value!.replace(/\b(\d+)u\b/g, '$1');
    if (/^[\w\s+\-*/%()]+$/.test(expression) && !/^\d+e/.test(expression))
      constants.set(name!, evaluate(expression, new Map([...constants, ['true', 1], ['false', 0]])));
  }
  return constants;
}

const BYTES: Record<string, number> = { f32: 4, u32: 4, vec2f: 8, vec4f: 16 };

function workgroupBytes(code: string): number {
  const constants = constantsOf(code);
  let bytes = 0;
  for (const [, element, length] of code.matchAll(/var<workgroup> \w+: array<(\w+), (.+)>;/g)) {
    bytes += BYTES[element!]! * evaluate(length!, constants);
  }
  expect(code.match(/var<workgroup>/g)?.length ?? 0).toBe(code.match(/var<workgroup> \w+: array</g)?.length ?? 0);
  return bytes;
}

/** The text without the literal sizes: kernels of different shapes and one structure have one. */
const structure = (code: string) => code.replace(/^const \w+ = \w+;$/gm, '');

describe('the kernels that the families and the view presets can ask for', () => {
  let gpu: Gpu;
  let kernels: Kernel[];
  const variants = Object.values(VARIANTS).map(({ kernel }) => kernel);
  beforeAll(async () => {
    gpu = await openTestGpu();
    const asked = await Promise.all([...(await models()).map(kernelsOf), kernelsOfViews()]);
    kernels = [...new Map(asked.flat().map((kernel) => [kernel.code, kernel])).values()];
  });
  afterAll(() => gpu.dispose());

  test('are of every shader', () => {
    expect(kernels.length).toBeGreaterThan(100);
    for (const variant of Object.values(VARIANTS)) {
      const operation = variant.kernel.label.split(' ')[0];
      if (IN_NO_FAMILY.includes(operation!)) continue;
      expect(
        kernels.some(({ label }) => label.startsWith(`${operation} `)),
        operation,
      ).toBe(true);
    }
  });

  test('declare the bindings that they are bound with, at most 8 of them storage buffers', () => {
    for (const { label, code, bindings } of [...kernels, ...variants]) {
      expect(declaredBindings(code), label).toEqual(bindings);
      expect(bindings.filter((kind) => kind !== 'uniform').length, label).toBeLessThanOrEqual(8);
    }
  });

  test('need at most 256 threads and 16 KB of memory in a workgroup', () => {
    for (const { label, code } of [...kernels, ...variants]) {
      const [, threads] = /@workgroup_size\(([^),]+)\)/.exec(code) ?? [];
      expect(evaluate(threads!, constantsOf(code)), label).toBeLessThanOrEqual(256);
      expect(workgroupBytes(code), label).toBeLessThanOrEqual(16_384);
    }
  });

  test('compile, one of each structure', async () => {
    const distinct = [...new Map(kernels.map((kernel) => [structure(kernel.code), kernel])).values()];
    const compiled = await gpu.compile(distinct);
    expect(compiled.length).toBe(distinct.length);
    expect(distinct.length).toBeGreaterThan(40);
  });
});
