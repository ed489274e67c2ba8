import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MemgpuError } from '../../src/errors.js';
import type { Gpu, Kernel } from '../../src/gpu/gpu.js';
import { designFor } from '../../src/kernels/design.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { answerBytes, compare } from '../../src/self-check/case.js';
import { allCases, casesOf } from '../../src/self-check/cases.js';
import { networkOf, prepareNetwork } from '../../src/self-check/networks.js';
import { prepareCases } from '../../src/self-check/run-cases.js';
import { isRight, selfCheck } from '../../src/self-check/self-check.js';
import { ENCODERS, type Use } from '../../src/self-check/use.js';
import { kernelsOf, kernelsOfViews, models } from '../kernels/planned-kernels.js';
import { openTestGpu } from '../open-gpu.js';
import { designsOf } from './designs.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const used = (of: Partial<Use> = {}): Use => ({
  design: designFor(gpu.facts),
  encoder: 'convolutional',
  blocks: false,
  ...of,
});

describe.each(FAMILIES)('family %s', (family) => {
  test('every kernel of every precision agrees with float64', async () => {
    const cases = allCases(designsOf(family, gpu.facts));
    const prepared = await prepareCases(gpu, cases);
    const recording = gpu.record();
    prepared.record(recording);
    const outcomes = prepared.judge(await gpu.run(recording, prepared.reads));
    prepared.dispose();
    expect(outcomes.filter((outcome) => !isRight(outcome))).toEqual([]);
    expect(outcomes).toHaveLength(cases.length);
  });

  test('both networks agree with float64', async () => {
    const [design] = designsOf(family, gpu.facts);
    const prepared = await Promise.all(
      ENCODERS.map((encoder) => prepareNetwork(gpu, networkOf({ design: design!, encoder }), design!)),
    );
    for (const network of prepared) {
      const recording = gpu.record();
      network.record(recording);
      const outcomes = network.judge(await gpu.run(recording, network.reads));
      network.dispose();
      expect(outcomes).toHaveLength(network.reads.length);
      expect(outcomes.filter((outcome) => !isRight(outcome))).toEqual([]);
    }
  });
});

describe('the cases', () => {
  const every = () =>
    allCases(FAMILIES.flatMap((family) => designsOf(family, gpu.facts))).map(({ sized }) => sized.kernel);

  test('are of every shader but those of the benchmark', () => {
    const shaders = join(import.meta.dirname, '../../shaders');
    const kernels = every();
    const files = readdirSync(shaders).filter((file) => file.endsWith('.wgsl') && !file.startsWith('bench-'));
    expect(files.length).toBeGreaterThan(30);
    for (const file of files) {
      const [header] = readFileSync(join(shaders, file), 'utf8').split('\n');
      expect(
        kernels.some(({ code }) => code.includes(`${header}\n`)),
        file,
      ).toBe(true);
    }
  });

  test('are of every variant that the families of encoders ask for', async () => {
    const asked = (await Promise.all([...(await models()).map(kernelsOf), kernelsOfViews()])).flat();
    const checked = new Set(every().map(kindOf));
    expect([...new Set(asked.map(kindOf))].filter((variant) => !checked.has(variant))).toEqual([]);
  });

  test.each(ENCODERS)('a run of a %s encoder has no variant that its self-check leaves out', async (encoder) => {
    const designs = designsOf('register');
    const checked = new Set(
      designs.flatMap((design) => casesOf({ design, encoder, blocks: true })).map(({ sized }) => kindOf(sized.kernel)),
    );
    for (const model of await models()) {
      const transformer = model.graph.nodes.some(({ op }) => op.kind === 'layernorm');
      if (transformer !== (encoder === 'transformer')) continue;
      const asked = (await kernelsOf(model)).filter(({ label }) => !/ (quad|tile)\b/.test(label));
      expect(asked.map(kindOf).filter((variant) => !checked.has(variant))).toEqual([]);
    }
  });
});

/** Operation, and family with tile: what a label says beside the shape. */
function kindOf({ label }: Kernel): string {
  const [operation] = label.split(' ');
  const [variant = ''] = / (quad|register|tile|plain|cross|horizontal|vertical)\b.*$/.exec(label) ?? [];
  return `${operation}${variant.replace(/(horizontal|vertical) .*/, '$1')}`;
}

describe('an adapter that computes wrong values', () => {
  /** The same GPU, whose compiler makes something else of some kernels. */
  function miscompiling(changed: (kernel: Kernel) => string): Gpu {
    const { compile } = gpu;
    const other: Gpu = Object.create(gpu, {
      facts: { value: gpu.facts },
      compile: {
        value: (kernels: readonly Kernel[]) =>
          compile.call(
            gpu,
            kernels.map((kernel) => ({ ...kernel, code: changed(kernel) })),
          ),
      },
    });
    for (const name of ['allocate', 'bind', 'record', 'run', 'write', 'check'] as const)
      Object.defineProperty(other, name, { value: (gpu[name] as () => unknown).bind(gpu) });
    return other;
  }

  const refusal = (wrong: Gpu, use: Use) =>
    selfCheck(wrong, use).then(
      () => undefined,
      (error: MemgpuError) => error,
    );

  test('is refused, by the kernel that is wrong, with its error and what is allowed', async () => {
    const wrong = miscompiling(({ label, code }) =>
      label.startsWith('avgpool') ? code.replace('sum / f32', '1.0001 * sum / f32') : code,
    );
    const error = await refusal(wrong, used());
    expect(error).toMatchObject({ name: 'MemgpuError', code: 'GPU_ERROR' });
    expect(error?.message).toMatch(
      /computes wrong values: kernel avgpool 3\/2 9x6x10 is off by \d\.\de-5, where \d\.\de-7 is allowed$/,
    );
    expect(error?.message).toContain(gpu.facts.name);
    expect(error?.hint).toContain('driver');
  });

  test.each([
    ['convolutional', 'maxpool', 'value > best', 'value >= best + 0.5'],
    ['convolutional', 'shortcut-pad', 'STRIDE', '1u'],
    ['transformer', 'softmax', '/ sum', '/ (sum + 0.001)'],
    ['transformer', 'layernorm', 'f32(EPS)', '0.001'],
    ['transformer', 'token ', 'INDEX', '0u'],
    ['convolutional', 'view-blur vertical', 'k <= i32(RADIUS)', 'k < i32(RADIUS)'],
    ['convolutional', 'view-norms', 'count.views', '(count.views - 1u)'],
    ['convolutional', 'pair-sums', 's < SLICES', 's < SLICES - 1u'],
  ] as const)('%s: %s with %s as %s is found', async (encoder, label, from, to) => {
    let changes = 0;
    const wrong = miscompiling((kernel) => {
      if (!kernel.label.startsWith(label)) return kernel.code;
      const body = kernel.code.indexOf('fn main');
      const code = kernel.code.slice(0, body) + kernel.code.slice(body).replaceAll(from, to);
      if (code !== kernel.code) changes += 1;
      return code;
    });
    const error = await refusal(wrong, used({ encoder }));
    expect(changes).toBeGreaterThan(0);
    expect(error?.message).toContain(`wrong values: kernel ${label}`);
  });

  test('a kernel that computes nothing is found: nothing stands in the place of an answer before', async () => {
    const wrong = miscompiling(({ label, code }) =>
      label.startsWith('unit-means') ? code.replace(/(fn main\([^{]*\{)/, '$1 if (id.x >= 0u) { return; }') : code,
    );
    expect((await refusal(wrong, used()))?.message).toContain(
      'wrong values: kernel unit-means 70x10 is off by no finite number',
    );
  });

  test('where several are wrong the first is named and the others are counted', async () => {
    const wrong = miscompiling(({ label, code }) =>
      label.startsWith('view-gray') ? code.replace('(sum0 + sum1)', '(sum0 - sum1)') : code,
    );
    expect((await refusal(wrong, used()))?.message).toMatch(
      /wrong values: kernel view-gray-rows 10 .*; so is 1 other$/,
    );
  });
});

test('one wrong element anywhere makes an answer wrong', () => {
  const cases = ENCODERS.flatMap((encoder) => casesOf(used({ encoder, blocks: true })));
  for (const { sized, bound } of cases)
    for (const part of bound()) {
      if (ArrayBuffer.isView(part)) continue;
      const right = new Float32Array(answerBytes(part) / 4);
      right.set(part.values);
      expect(compare(part, right.buffer).share, sized.kernel.label).toBeLessThanOrEqual(1);
      const largest = Math.max(...part.values.filter((_, i) => Number.isFinite(part.errors[i])).map(Math.abs));
      part.values.forEach((value, i) => {
        if (!Number.isFinite(part.errors[i])) return;
        right[i] = value + largest / 500;
        expect(compare(part, right.buffer).share).toBeGreaterThan(1);
        right[i] = value;
      });
    }
});
