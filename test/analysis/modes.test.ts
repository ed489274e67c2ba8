import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnalysisOutcome, runAnalysis } from '../../src/analysis/analyze.js';
import { MODES, predecessorsOf, tapsOf } from '../../src/analysis/modes.js';
import { OPTION_NAMES, optionChoices, resolveOptions } from '../../src/analysis/options.js';
import { MemgpuError } from '../../src/errors.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import { cleanView, drawView } from '../../src/images/draw.js';
import { resolveAugmentation } from '../../src/images/presets.js';
import type { ViewParameters } from '../../src/images/views.js';
import { loadModel } from '../../src/models/load.js';
import { weightsOf } from '../models/tiny.js';
import { openTestGpu } from '../open-gpu.js';
import { runGraphF64 } from '../reference/forward.js';
import {
  average,
  cleanAgainstViews,
  ofUnitLength,
  overRange,
  PAPER_SETS,
  ratios,
  SCRIPT_SETS,
  unitMean,
  unitMem,
  viewAgainstView,
} from '../reference/published-metrics.js';
import { tinyResNetTensors } from '../reference/tiny-resnet.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';
import { normalised, referenceView } from '../reference/views.js';
import { randomImages, range, type TinyEncoder, tinyEncoder } from './tiny-pair.js';

const IMAGES = 4;
const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const BLOCKS = [
  ...['prep', 'layer1_head', 'layer1_residual1', 'layer1_residual2'],
  ...['layer2', 'layer3_head', 'layer3_residual1', 'layer3_residual2'],
];

let gpu: Gpu;
let pair: readonly [f: TinyEncoder, g: TinyEncoder];
const dataset = randomImages(range(0, IMAGES));

/** A run, and every node's values in float64 on the views of one augmentation: [image][clean image, then views]. */
interface Run {
  readonly outcome: AnalysisOutcome;
  features(encoder: 0 | 1, node: string): Float64Array[][];
}
let paper: Run;
let scores: Run;
let units: Run;

beforeAll(async () => {
  gpu = await openTestGpu();
  pair = [await tinyEncoder(gpu, 21, 3), await tinyEncoder(gpu, 22, 3)];
  paper = await run({ mode: 'paper', views: 3 });
  scores = await run({ mode: 'authors-script' });
  units = await run({ mode: 'authors-script', augment: 'script-units' });
}, 120_000);
afterAll(() => gpu.dispose());

async function run(given: Record<string, unknown>): Promise<Run> {
  const options = resolveOptions({ resamples: 100, ...given });
  const outcome = await runAnalysis({ f: pair[0], g: pair[1], input: { sets: { candidates: dataset } }, options });
  const views = await Promise.all(range(0, IMAGES).map((i) => viewsOf(i, options)));
  return { outcome, features: featuresOf(views) };
}

/** The clean view and those drawn, in float64, normalised where their steps say so or else at the end. */
async function viewsOf(
  image: number,
  { augment, views, seed }: ReturnType<typeof resolveOptions>,
  change: (drawn: ViewParameters) => ViewParameters = (drawn) => drawn,
): Promise<Float64Array[]> {
  const { picture } = await dataset.load(image);
  const geometry = { size: 32, interpolation: 'bilinear' } as const;
  const augmentation = resolveAugmentation(augment, 32);
  const drawn = range(0, views).map((view) => change(drawView(augmentation, picture, geometry, seed, image, view)));
  return [cleanView(picture, geometry), ...drawn].map((parameters) => {
    const made = referenceView(picture, parameters, 32, HALF);
    return parameters.steps.some(({ op }) => op === 'normalize') ? made : normalised(made, HALF);
  });
}

function featuresOf(views: readonly (readonly Float64Array[])[]): Run['features'] {
  const rows = views[0]!.length;
  const input = Float64Array.from(views.flat().flatMap((view) => [...view]));
  const nodes = pair.map(({ model }) => runGraphF64(model.graph, model.parameters, input, views.length * rows));
  return (encoder, node) => {
    const all = nodes[encoder]!.get(node)!;
    const length = all.length / (views.length * rows);
    return views.map((_, i) =>
      range(0, rows).map((row) => all.slice((i * rows + row) * length, (i * rows + row + 1) * length)),
    );
  };
}

const layerOf = ({ outcome }: Run, node: string) => outcome.scores[0]!.layers.find((layer) => layer.node === node)!;
const summaryOf = ({ outcome }: Run, node: string) => outcome.layers.find((layer) => layer.node === node)!;

/** The largest difference, in parts of the largest expected value. */
function off(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(found[i]! - value))) / largest;
}
const NEAR = 1e-3;

/** Alignments of f or g at a node by a rule over the clean image's feature and those of the views. */
function alignments(
  { features }: Run,
  encoder: 0 | 1,
  node: string,
  rule: (clean: Float64Array, views: readonly Float64Array[]) => number,
  scale: (feature: Float64Array) => Float64Array = (feature) => feature,
): number[] {
  return features(encoder, node).map((rows) => {
    const [clean, ...views] = rows.map(scale);
    return rule(clean!, views);
  });
}
const pairs = (_: Float64Array, views: readonly Float64Array[]) => viewAgainstView(views);

describe('mode paper', () => {
  const NODE = 'layer3_residual2.conv';

  test('features are raw, not of unit length', () => {
    const found = layerOf(paper, NODE).alignmentF;
    expect(off(found, alignments(paper, 0, NODE, pairs))).toBeLessThan(NEAR);
    expect(off(found, alignments(paper, 0, NODE, pairs, ofUnitLength))).toBeGreaterThan(0.1);
  });

  test('view is compared with view, not with the clean image', () => {
    const found = layerOf(paper, NODE).alignmentG!;
    expect(off(found, alignments(paper, 1, NODE, pairs))).toBeLessThan(NEAR);
    expect(off(found, alignments(paper, 1, NODE, cleanAgainstViews))).toBeGreaterThan(0.05);
  });

  test('a score is the ratio, and LayerMem the mean of the images’ ratios', () => {
    const [f, g] = [alignments(paper, 0, NODE, pairs), alignments(paper, 1, NODE, pairs)];
    expect(off(layerOf(paper, NODE).sslmem!, ratios(f, g))).toBeLessThan(5 * NEAR);
    expect(off(layerOf(paper, NODE).sslmem!, overRange(f, g))).toBeGreaterThan(0.1);
    const { layermem } = summaryOf(paper, NODE).sets.candidates!;
    expect(layermem).toBeCloseTo(average(ratios(f, g)), 4);
  });

  test('a unit’s highest image is compared with the mean of the others, not with their median', () => {
    const node = 'layer3_residual2.relu';
    const layer = layerOf(paper, node);
    const of = (rest: 'mean' | 'median') =>
      range(0, layer.units).map((u) =>
        unitMem(
          paper.features(0, node).map(([, ...views]) => unitMean(views, layer.units, u)),
          rest,
        ),
      );
    expect(off(layer.unitmem, of('mean'))).toBeLessThan(NEAR);
    expect(off(layer.unitmem, of('median'))).toBeGreaterThan(0.01);
  });

  test('rows of LayerMem are the raw convolutions and sums; units are read after each ReLU', () => {
    const nodes = paper.outcome.layers.map(({ node }) => node);
    const rows = nodes.filter((node) => !node.endsWith('.relu'));
    const convs = BLOCKS.map((block) => `${block}.conv`);
    expect(rows).toEqual([...convs.slice(0, 4), 'add', ...convs.slice(4), 'add_1']);
    expect(nodes.filter((node) => node.endsWith('.relu'))).toEqual(BLOCKS.map((block) => `${block}.relu`));
  });

  test('Δ is from row to row of Table 1, where a ReLU has none', () => {
    const rows = paper.outcome.layers.filter(({ node }) => !node.endsWith('.relu'));
    expect(rows.map(({ predecessor }) => predecessor)).toEqual([null, ...rows.slice(0, -1).map(({ node }) => node)]);
    const relus = paper.outcome.layers.filter(({ node }) => node.endsWith('.relu'));
    expect(relus.map(({ predecessor, sets }) => [predecessor, sets.candidates!.delta])).toEqual(
      BLOCKS.map(() => [null, null]),
    );
    const layermem = (node: string) =>
      average(ratios(alignments(paper, 0, node, pairs), alignments(paper, 1, node, pairs)));
    const { delta } = summaryOf(paper, 'layer2.conv').sets.candidates!;
    expect(delta).toBeCloseTo(layermem('layer2.conv') - layermem('add'), 4);
  });

  test('rows and predecessors of Table 18 can be named', () => {
    const { graph } = pair[0].model;
    const layers = '*.conv,prep.batch,*_head.batch,layer2.batch,*.pool,add,add_1,pooled'.split(',');
    const rows = tapsOf(graph, [], { layers, mode: 'paper' });
    expect(rows).toEqual([
      ...['prep.conv', 'prep.batch', 'prep.pool', 'layer1_head.conv', 'layer1_head.batch', 'layer1_head.pool'],
      ...['layer1_residual1.conv', 'layer1_residual2.conv', 'add', 'layer2.conv', 'layer2.batch', 'layer2.pool'],
      ...['layer3_head.conv', 'layer3_head.batch', 'layer3_head.pool'],
      ...['layer3_residual1.conv', 'layer3_residual2.conv', 'add_1', 'pooled'],
    ]);
    expect([...predecessorsOf(graph, rows, 'paper').values()]).toEqual([null, ...rows.slice(0, -1)]);
  });

  test('views are those of its SSL set, unless another set is named', () => {
    expect(resolveOptions({ mode: 'paper' }).augment).toBe('normal');
    expect(resolveOptions({ mode: 'paper', augment: 'weak' }).augment).toBe('weak');
  });
});

describe('mode authors-script', () => {
  const NODE = 'layer3_residual2.relu';

  test('features have unit length', () => {
    const found = layerOf(scores, NODE).alignmentF;
    expect(off(found, alignments(scores, 0, NODE, cleanAgainstViews, ofUnitLength))).toBeLessThan(NEAR);
    expect(off(found, alignments(scores, 0, NODE, cleanAgainstViews))).toBeGreaterThan(0.1);
  });

  test('the clean image is compared with each view, not view with view', () => {
    const found = layerOf(scores, NODE).alignmentG!;
    expect(off(found, alignments(scores, 1, NODE, cleanAgainstViews, ofUnitLength))).toBeLessThan(NEAR);
    expect(off(found, alignments(scores, 1, NODE, pairs, ofUnitLength))).toBeGreaterThan(0.02);
  });

  test('a score is the difference over the set’s range, not the ratio', () => {
    const [f, g] = ([0, 1] as const).map((e) => alignments(scores, e, NODE, cleanAgainstViews, ofUnitLength));
    const found = layerOf(scores, NODE).sslmem!;
    expect(off(found, overRange(f!, g!))).toBeLessThan(5 * NEAR);
    expect(off(found, ratios(f!, g!))).toBeGreaterThan(0.1);
    expect(Math.max(...found) - Math.min(...found)).toBeCloseTo(1, 12);
  });

  const unitMems = (node: string, rest: 'mean' | 'median', withClean = false) => {
    const count = layerOf(units, node).units;
    return range(0, count).map((u) =>
      unitMem(
        units.features(0, node).map(([clean, ...views]) => unitMean(withClean ? [clean!, ...views] : views, count, u)),
        rest,
      ),
    );
  };

  test('a unit’s highest image is compared with the median of the others, not with their mean', () => {
    const { unitmem } = layerOf(units, NODE);
    expect(off(unitmem, unitMems(NODE, 'median'))).toBeLessThan(NEAR);
    expect(off(unitmem, unitMems(NODE, 'mean'))).toBeGreaterThan(0.01);
  });

  test('units are averaged over the views alone, without the clean image', () => {
    expect(off(layerOf(units, NODE).unitmem, unitMems(NODE, 'median', true))).toBeGreaterThan(0.003);
  });

  test('colours act on normalised values, where those below 0 become 0', async () => {
    const options = resolveOptions({ mode: 'authors-script' });
    const late = (drawn: ViewParameters) => ({ ...drawn, steps: drawn.steps.filter(({ op }) => op !== 'normalize') });
    const views = await Promise.all(range(0, IMAGES).map((i) => viewsOf(i, options, late)));
    const normalisedLast = { ...scores, features: featuresOf(views) };
    const found = layerOf(scores, NODE).alignmentF;
    expect(off(found, alignments(normalisedLast, 0, NODE, cleanAgainstViews, ofUnitLength))).toBeGreaterThan(0.02);
  });

  test('layers are the outputs of blocks, after pooling where they pool', () => {
    const pooled = ['prep', 'layer1_head', 'layer2', 'layer3_head'];
    expect(scores.outcome.layers.map(({ node }) => node)).toEqual(
      BLOCKS.map((block) => `${block}.${pooled.includes(block) ? 'pool' : 'relu'}`),
    );
  });

  test.each([
    ['script-scores', SCRIPT_SETS.scores],
    ['script-units', SCRIPT_SETS.units],
  ] as const)('%s has the number of views and the chances of its script', (augment, set) => {
    expect(resolveOptions({ mode: 'authors-script', augment }).views).toBe(set.views);
    const [crop, flip, normalize, jitter, gray] = resolveAugmentation(augment, 32);
    expect(crop).toMatchObject({ op: 'random-resized-crop', scale: [0.08, 1], interpolation: 'bilinear' });
    expect(flip).toEqual({ op: 'horizontal-flip', p: set.flipChance });
    expect(normalize).toEqual({ op: 'normalize' });
    expect(jitter).toEqual(jitterOf(set));
    expect(gray).toEqual({ op: 'grayscale', p: set.grayChance });
  });

  test('the views of the script for scores are the default', () => {
    expect(resolveOptions({ mode: 'authors-script' })).toMatchObject({ augment: 'script-scores', views: 5 });
  });
});

function jitterOf({ jitter, jitterChance }: { jitter: readonly number[]; jitterChance: number }) {
  const [brightness, contrast, saturation, hue] = jitter;
  return { op: 'color-jitter', brightness, contrast, saturation, hue, p: jitterChance };
}

test.each(Object.entries(PAPER_SETS))('the set %s has the chances of the paper', (name, set) => {
  const operations = resolveAugmentation(name, 32);
  expect(operations).toContainEqual({ op: 'horizontal-flip', p: set.flipChance });
  expect(operations).toContainEqual(jitterOf(set));
  expect(operations).toContainEqual({ op: 'grayscale', p: set.grayChance });
  expect(operations.some(({ op }) => op === 'normalize')).toBe(false);
});

describe('nodes of other families', () => {
  const taps = async (tensors: Parameters<typeof weightsOf>[0], mode: (typeof MODES)[number], options = {}) => {
    const { graph, defaultTaps } = await loadModel(weightsOf(tensors), options);
    return tapsOf(graph, defaultTaps, { layers: null, mode });
  };

  test('of a transformer the paper reads attention, MLP and both sums; the scripts blocks and the final norm', async () => {
    const vit = tinyViTTensors(1, { width: 8, depth: 2, patch: 4, side: 4 });
    const options = { heads: 2, size: 16 };
    const perBlock = (parts: readonly string[]) => [0, 1].flatMap((n) => parts.map((part) => `blocks.${n}.${part}`));
    expect(await taps(vit, 'paper', options)).toEqual(perBlock(['attn', 'add_attn', 'mlp', 'out']));
    expect(await taps(vit, 'authors-script', options)).toEqual([...perBlock(['out']), 'norm']);
  });

  test('of a ResNet the paper reads raw convolutions without shortcuts, and pools; the scripts its stages', async () => {
    const resnet = tinyResNetTensors(1, { blocks: [2, 1, 1, 1], kernel: 7 });
    const rows = await taps(resnet, 'paper');
    expect(rows.filter((node) => !node.includes('relu'))).toEqual([
      ...['conv1', 'maxpool'],
      ...rows.filter((node) => /^layer\d\.\d\.conv\d$/.test(node)),
      'avgpool',
    ]);
    expect(rows.some((node) => node.includes('downsample'))).toBe(false);
    const stages = await taps(resnet, 'authors-script');
    expect(stages.length).toBe(4);
    for (const [s, node] of stages.entries()) expect(node).toMatch(new RegExp(`^layer${s + 1}\\.\\d\\.relu_1$`));
  });
});

/** As docs/modes.md lists them: what each mode decides, and the values that it allows. */
const DECIDED: Readonly<Record<(typeof MODES)[number], Readonly<Record<string, readonly unknown[]>>>> = {
  recommended: {},
  paper: { features: ['raw'], pairs: ['all'], score: ['ratio'], unitRest: ['mean'], tokens: ['all'] },
  'authors-script': {
    augment: ['script-scores', 'script-units'],
    ...{ features: ['normalized'], distance: ['l2'], pairs: ['clean'], score: ['range'], unitRest: ['median'] },
    tokens: ['all'],
  },
};

test('docs/modes.md says of every option what each mode decides', () => {
  const rows = readFileSync(new URL('../../docs/modes.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `') && line.split(' | ').length === 4)
    .map((line) => line.replace(/ \|$/, '').split(' | '));
  const listed = rows.flatMap(([names]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(listed.sort()).toEqual(OPTION_NAMES.filter((name) => name !== 'mode').sort());
  for (const [names, ...cells] of rows)
    for (const [m, cell] of cells.entries()) {
      const name = names!.replaceAll(/[|` ]/g, '');
      const decided = { ...DECIDED[MODES[m]!], ...(MODES[m] === 'authors-script' && { views: [5, 10] }) }[name];
      expect(cell.includes('decided'), `${name} in ${MODES[m]}`).toBe(decided !== undefined);
      for (const value of decided ?? [])
        expect(cell).toContain(typeof value === 'number' ? `${value} ` : `\`${value}\``);
    }
});

describe('options of a mode', () => {
  const refusal = (given: Record<string, unknown>) => {
    try {
      resolveOptions(given);
    } catch (error) {
      if (error instanceof MemgpuError) return error;
      throw error;
    }
    return null;
  };
  /** Each valid by itself. */
  const values = {
    mode: fc.constantFrom(...MODES),
    views: fc.integer({ min: 2, max: 64 }),
    augment: fc.constantFrom('simclr', 'normal', 'weak', 'mae', 'script-scores', 'script-units', [{ op: 'normalize' }]),
    ...(Object.fromEntries(
      (['features', 'distance', 'pairs', 'score', 'unitRest', 'tokens'] as const).map((name) => [
        name,
        fc.constantFrom(...optionChoices(name)!),
      ]),
    ) as Record<string, fc.Arbitrary<string>>),
    seed: fc.integer({ min: 0, max: 9 }),
    precision: fc.constantFrom('f32', 'f16'),
    confidence: fc.constantFrom(0.9, 0.99),
  };

  test('every value that contradicts a mode is refused with both names, every other is taken as it is', () => {
    let refusals = 0;
    fc.assert(
      fc.property(fc.record(values, { requiredKeys: ['mode'] }), (drawn) => {
        const given: Record<string, unknown> = drawn;
        const allowed: Record<string, readonly unknown[]> = { ...DECIDED[drawn.mode] };
        if (drawn.mode === 'authors-script') allowed.views = [given.augment === 'script-units' ? 10 : 5];
        const against = Object.keys(given).filter((name) => allowed[name] && !allowed[name].includes(given[name]));
        const refused = refusal(given);
        if (against.length === 0) {
          expect(refused).toBeNull();
          expect(resolveOptions(given)).toMatchObject(given);
        } else {
          refusals += 1;
          expect(refused?.code).toBe('BAD_OPTION');
          expect(against.some((name) => refused!.message.startsWith(`${name}: `))).toBe(true);
          expect(refused!.message).toContain(`contradicts mode ${drawn.mode}`);
          expect(refused!.hint).toMatch(/^Leave \w+ out/);
        }
      }),
      { numRuns: 1000 },
    );
    expect(refusals).toBeGreaterThan(100);
  });

  test('a mode and its own values name the same run', () => {
    for (const mode of MODES) {
      const plain = resolveOptions({ mode });
      expect(resolveOptions({ ...plain })).toEqual(plain);
    }
  });

  test('one outside the list is refused by name, with the nearest', () => {
    expect(refusal({ mode: 'papper' })?.hint).toBe('Did you mean paper? Possible: recommended, paper, authors-script.');
  });

  test('without the clean image there is no authors-script', async () => {
    const views = { name: 'v', images: 2, views: 5, size: 32, read: async () => new Float32Array(5 * 3 * 32 * 32) };
    const request = { f: pair[0], g: pair[1], input: { views }, options: resolveOptions({ mode: 'authors-script' }) };
    await expect(runAnalysis(request)).rejects.toMatchObject({ code: 'BAD_OPTION', hint: /authors-script/ });
  });
});
