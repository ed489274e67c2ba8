import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildReport, type EncoderNote, type ReportContext } from '../../src/analysis/build-report.js';
import type { Folded, FoldFacts } from '../../src/analysis/fold.js';
import { warningsOfMixture } from '../../src/analysis/mixture-warnings.js';
import { warningsOfMode } from '../../src/analysis/mode-warnings.js';
import { resolveOptions } from '../../src/analysis/options.js';
import { warningOfPrecision } from '../../src/analysis/precision-warning.js';
import type { SetName, Warning } from '../../src/analysis/result.js';
import { summarize } from '../../src/analysis/summary.js';
import { readConfig } from '../../src/models/hugging-face-config.js';
import { loadModel } from '../../src/models/load.js';
import { weightsOf } from '../models/tiny.js';
import { tinyResNetTensors } from '../reference/tiny-resnet.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';
import { EXAMPLE_LAYERS, type ExampleOptions, exampleReport, exampleScores } from '../report/example.js';

/** Every warning by what provokes it, against the table of docs/warnings.md. */

const enough = { candidates: 64, external: 64 };

/** Warnings of synthetic scores, of which each of 11 layers has a dead unit and one a unit of both signs. */
function ofScores(example: ExampleOptions = {}, change: Partial<Parameters<typeof summarize>[2]> = {}): Warning[] {
  const options = { ...resolveOptions({ resamples: 100 }), compared: true, sameEncoder: false };
  const summary = summarize(exampleScores({ sizes: enough, ...example }), EXAMPLE_LAYERS, { ...options, ...change });
  return [...summary.warnings];
}

/** Warnings of a report, of an outcome in which nothing is wrong but what is changed. */
function ofReport({
  options = {},
  notes = [],
  training,
  run = {},
  wholeNodes = '',
}: {
  options?: Record<string, unknown>;
  notes?: readonly EncoderNote[];
  training?: string;
  run?: Partial<Folded>;
  wholeNodes?: string;
}): readonly Warning[] {
  const { adapters, encoders, layers, images, units } = exampleReport();
  const [adapter] = adapters;
  const facts: FoldFacts = {
    ...{ layers, wholeNodes, precision: 'f32', views: 10, compared: true, classes: {}, reference: 'another' },
  };
  const folded: Folded = {
    ...{ layers, images, units, warnings: [], scores: [], precision: null, repeated: 0 },
    adapters: [hardware(adapter!)],
    ...run,
  };
  const context: ReportContext = {
    version: '0',
    created: new Date(0),
    batch: 32,
    timings: { total: 1 },
    options: resolveOptions(options),
    f: { ...encoders.f, ...(training !== undefined && { training }) },
    g: encoders.g,
    sets: {},
    given: false,
    notes: { f: notes, g: [] },
  };
  return buildReport(folded, facts, context).warnings;
}

type Adapter = Folded['adapters'][number];
const hardware = (adapter: Adapter): Adapter => ({ ...adapter, kind: 'hardware' });

async function notesOf(...load: Parameters<typeof loadModel>): Promise<readonly EncoderNote[]> {
  return (await loadModel(...load)).notes;
}

const untrained = () => {
  const tensors = tinyResNet9Tensors(1, 2);
  tensors.get('prep.batch.running_mean')!.data.fill(0);
  tensors.get('prep.batch.running_var')!.data.fill(1);
  return weightsOf(tensors);
};
const transformer = (width: number, side: number) => weightsOf(tinyViTTensors(1, { width, depth: 1, patch: 2, side }));

/** What provokes each, and the value that it must have. */
const PROVOKED: Readonly<Record<string, readonly [value: unknown, provoke: () => unknown]>> = {
  VIEWS_NOT_OF_TRAINING: ['simclr', () => ofReport({ training: 'DINO' })],
  BATCH_NORM_UNTRAINED: [1, async () => ofReport({ notes: await notesOf(untrained()) })],
  HEADS_ASSUMED: [2, async () => ofReport({ notes: await notesOf(transformer(128, 3), { size: 6 }) })],
  POSITIONS_INTERPOLATED: [4, async () => ofReport({ notes: await notesOf(transformer(8, 3), { heads: 2, size: 8 }) })],
  STEM_PADDING_ASSUMED: [
    2,
    async () => ofReport({ notes: await notesOf(weightsOf(tinyResNetTensors(1)), { origin: 'solo-learn' }) }),
  ],
  CONFIG_UNUSED: [
    null,
    () => ofReport({ notes: readConfig({ ...weightsOf(new Map()), config: { model: { epochs: 3 } } }).notes ?? [] }),
  ],
  NO_PAIRS: [1, () => ofScores({}, { compared: false, views: 1 })],
  SAME_ENCODER: [128, () => ofScores({}, { sameEncoder: true })],
  NO_REFERENCE: [1, () => ofScores({ reference: false })],
  NO_CONTROL: [0, () => ofScores({ sizes: { candidates: 64 } })],
  INTERVAL_CONTAINS_ZERO: [expect.any(Number), () => ofScores({ memory: 0 })],
  FEW_IMAGES: [63, () => ofScores({ sizes: { candidates: 63, external: 64 } })],
  FEW_VIEWS: [3, () => ofScores({}, { views: 3 })],
  DEAD_UNITS: [11, () => ofScores()],
  MIXED_SIGN_UNITS: [1, () => ofScores()],
  RAW_SCALE: [1, () => ofMode({ features: 'raw' })],
  ONE_SCRIPT_OF_TWO: ['script-units', () => ofMode({ mode: 'authors-script', augment: 'script-units' })],
  SAME_IMAGE_TWICE: [2, () => ofReport({ run: { repeated: 2 } })],
  TOKENS_OF_SOME: ['class', () => ofReport({ options: { tokens: 'class' }, wholeNodes: 'attn.probs' })],
  PRECISION_NOT_SMALL: [expect.any(Number), () => [coarse(1)]],
  MIXED_ADAPTERS: [2, () => warningsOfMixture(['A 1', 'B 2'], ['1'])],
  MIXED_VERSIONS: [3, () => warningsOfMixture(['A 1'], ['1', '2', '3'])],
  SOFTWARE_ADAPTER: [
    expect.any(String),
    () => ofReport({ run: { adapters: exampleReport().adapters.map((a) => ({ ...a, kind: 'software' as const })) } }),
  ],
};

/** Warnings of layers of which the first is a raw convolution. */
function ofMode(options: Record<string, unknown>, hasReference = true): readonly Warning[] {
  const layers = EXAMPLE_LAYERS.map(({ node }, l) => ({ node, kind: l === 0 ? 'conv' : 'relu' }));
  return warningsOfMode(layers, resolveOptions(options), hasReference);
}

function coarse(sslmem: number) {
  const { layers } = exampleReport();
  const errors = layers.map(({ node }) => ({ node, units: 0, alignment: 0, sslmem }));
  return warningOfPrecision({ name: 'f16', images: 2, layers: errors }, layers);
}

const documented = new Map(
  readFileSync(new URL('../../docs/warnings.md', import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, code, ...cells] = line.split(' | ');
      const name = /^\| `([A-Z_]+)`/.exec(line)?.[1];
      return name === undefined ? [] : [[name, [code, ...cells]] as const];
    }),
);

/** Codes as the sources write them: of a warning or note, or the first argument of `warn`. */
function codesInSources(): Set<string> {
  const root = new URL('../../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(analysis|models)[\\/].*\.ts$/.test(name),
  );
  const text = files.map((name) => readFileSync(new URL(name, root), 'utf8')).join('\n');
  return new Set([...text.matchAll(/(?:\bcode: |\bwarn\(\s*)'([A-Z_]+)'/g)].map(([, code]) => code!));
}

describe('docs/warnings.md', () => {
  test('lists every code of the sources, and no other', () => {
    expect([...documented.keys()].sort()).toEqual([...codesInSources()].sort());
  });

  test('lists each code once, with when it appears, its value and what to do', () => {
    expect(new Set(documented.keys()).size).toBe(documented.size);
    for (const [code, cells] of documented) {
      expect(cells, code).toHaveLength(3);
      for (const cell of cells) expect(cell?.replace(/ \|$/, '').trim(), code).toBeTruthy();
    }
  });

  test('lists what is provoked below', () => {
    expect(Object.keys(PROVOKED).sort()).toEqual([...documented.keys()].sort());
  });
});

test.each(Object.entries(PROVOKED))('%s appears once, with its value', async (code, [value, provoke]) => {
  const found = ((await provoke()) as readonly Warning[]).filter((warning) => warning.code === code);
  expect(found).toHaveLength(1);
  expect(found[0]!.value).toEqual(value);
  if (typeof found[0]!.value === 'number' && Number.isInteger(found[0]!.value)) expect(found[0]!.message).toMatch(/\d/);
});

test('nothing is said where nothing is wrong', () => {
  expect(ofReport({})).toEqual([]);
  expect(coarse(0)).toBeNull();
  const quiet = ['DEAD_UNITS', 'MIXED_SIGN_UNITS'];
  expect(ofScores().map(({ code }) => code)).toEqual(quiet);
});

test('raw convolutions are no matter of one encoder, of unit vectors, nor of angles', () => {
  expect(ofMode({ features: 'raw' }, false)).toEqual([]);
  expect(ofMode({})).toEqual([]);
  expect(ofMode({ features: 'raw', distance: 'cosine' })).toEqual([]);
  expect(ofMode({ mode: 'paper' })).toHaveLength(1);
});

test('an interval that contains 0 is shown with its ends, and how many layers before are alike', () => {
  const [warning] = ofScores({ memory: 0 }).filter(({ code }) => code === 'INTERVAL_CONTAINS_ZERO');
  expect(warning!.message).toMatch(
    /^The interval at pooled, −[\d.e−]+ to [\d.e−]+, contains 0, as \d+ of the 10 before it do: /,
  );
});

test.each<[SetName, number]>([
  ['candidates', 1],
  ['external', 2],
])('few images of %s are counted', (set, n) => {
  const [few] = ofScores({ sizes: { ...enough, [set]: n } });
  expect(few).toMatchObject({ code: 'FEW_IMAGES', value: n });
});
