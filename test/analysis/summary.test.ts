import { describe, expect, test } from 'vitest';
import { leadingContrast } from '../../src/analysis/headline.js';
import type { SetScores } from '../../src/analysis/result.js';
import { scoreSet } from '../../src/analysis/scores.js';
import { type LayerFacts, type SummaryOptions, summarize } from '../../src/analysis/summary.js';
import { auc } from '../../src/metrics/contrast.js';
import { mean } from '../../src/metrics/layermem.js';
import { summarizeUnits, unitMem } from '../../src/metrics/unitmem.js';
import { resnet9Expected } from '../metrics/golden.js';
import { EXAMPLE_LAYERS, exampleScores, uniform } from '../report/example.js';

const options: SummaryOptions = {
  unitRest: 'mean',
  confidence: 0.95,
  resamples: 100,
  seed: 1,
  views: 10,
  score: 'ratio',
  compared: true,
  sameEncoder: false,
};

const four = { candidates: 30, shared: 20, independent: 25, external: 28 };
const scores = exampleScores({ sizes: four });
const summary = summarize(scores, EXAMPLE_LAYERS, options);
const setOf = (name: string) => scores.find((set) => set.set === name)!;

/** The same scores with f and g exchanged, by way of the measurements. */
const rescored = (sets: readonly SetScores[], change: (layer: SetScores['layers'][number]) => object) =>
  sets.map((set) =>
    scoreSet(
      { ...set, layers: set.layers.map((layer) => ({ ...layer, ...change(layer) })) },
      { score: 'ratio', unitRest: 'mean' },
    ),
  );

test('LayerMem of the golden is the mean of its stored SSLMem, Δ their difference', async () => {
  const golden = await resnet9Expected();
  const nodes = ['layer3_head.relu', 'layer3_residual1.relu', 'layer3_residual2.relu', 'add_1', 'pooled'];
  const f32 = (name: string) => golden.f32(name);
  const measured = nodes.map((node) => {
    const mu = f32(`mu/f/${node}`);
    return {
      node,
      units: mu.length / 12,
      alignmentF: f32(`alignment/normalized/f/${node}`),
      alignmentG: f32(`alignment/normalized/g/${node}`),
      mu,
    };
  });
  const names = Array.from({ length: 12 }, (_, i) => `${i}`);
  const index = names.map(Number);
  const set = scoreSet(
    { set: 'candidates', index, names, labels: names.map(() => null), layers: measured },
    { score: 'ratio', unitRest: 'mean' },
  );
  const facts = measured.map(
    ({ node, units }, l): LayerFacts => ({
      node,
      label: node,
      kind: 'relu',
      units,
      shape: [units],
      predecessor: nodes[l - 1] ?? null,
    }),
  );
  const { layers } = summarize([set], facts, options);
  layers.forEach((layer, l) => {
    const stored = mean(f32(`sslmem/normalized/${layer.node}`));
    const before = l === 0 ? null : mean(f32(`sslmem/normalized/${nodes[l - 1]}`));
    const found = layer.sets.candidates!;
    expect(Math.abs(found.layermem! - stored)).toBeLessThan(1e-6);
    if (before === null) expect(found.delta).toBeNull();
    else expect(Math.abs(found.delta! - (stored - before))).toBeLessThan(2e-6);
    expect(Math.abs(found.unitmem!.mean - mean(f32(`unitmem/mean/f/${layer.node}`)))).toBeLessThan(1e-6);
  });
});

describe('layers', () => {
  test('come in the order given, with every set', () => {
    expect(summary.layers.map((layer) => layer.node)).toEqual(EXAMPLE_LAYERS.map((layer) => layer.node));
    for (const layer of summary.layers) {
      expect(Object.entries(layer.sets).map(([name, set]) => [name, set.n])).toEqual(Object.entries(four));
    }
  });

  test('every pair of sets has its contrast', () => {
    const pairs = summary.layers[0]!.contrasts.map(({ a, b }) => `${a}-${b}`);
    expect(pairs).toEqual([
      'candidates-shared',
      'candidates-independent',
      'candidates-external',
      'shared-independent',
      'shared-external',
      'independent-external',
    ]);
  });

  test('with a reference a contrast compares SSLMem', () => {
    const [a, b] = ['candidates', 'external'].map((name) => setOf(name).layers.at(-1)!.sslmem!);
    const contrast = leadingContrast(summary.layers.at(-1)!)!;
    expect(contrast.difference).toBe(mean(a!) - mean(b!));
    expect(contrast.auc).toBe(auc(a!, b!));
    expect(contrast.interval[0]).toBeLessThan(contrast.difference);
    expect(contrast.interval[1]).toBeGreaterThan(contrast.difference);
  });

  test('without one it compares alignments of f, so that closer views are more memory', () => {
    const alone = exampleScores({ sizes: four, reference: false });
    const result = summarize(alone, EXAMPLE_LAYERS, options).layers.at(-1)!;
    const [a, b] = ['candidates', 'external'].map(
      (name) => alone.find((s) => s.set === name)!.layers.at(-1)!.alignmentF,
    );
    const contrast = leadingContrast(result)!;
    expect(contrast.difference).toBe(mean(b!) - mean(a!));
    expect(contrast.auc).toBe(auc(b!, a!));
    expect(result.sets.candidates).toMatchObject({ layermem: null, interval: null, delta: null, deltaInterval: null });
  });

  test('a predecessor that was not tapped is none, and Δ is null', () => {
    const kept = EXAMPLE_LAYERS.filter((layer) => layer.node !== 'add_1');
    const fewer = scores.map((set) => ({ ...set, layers: set.layers.filter((layer) => layer.node !== 'add_1') }));
    const pooled = summarize(fewer, kept, options).layers.at(-1)!;
    expect(pooled.predecessor).toBeNull();
    expect(pooled.sets.candidates!.delta).toBeNull();
    expect(summary.layers.at(-1)!.predecessor).toBe('add_1');
  });

  test('Δ is the difference of LayerMem, with its own interval', () => {
    const [add1, pooled] = summary.layers.slice(-2).map((layer) => layer.sets.candidates!);
    expect(pooled!.delta).toBeCloseTo(pooled!.layermem! - add1!.layermem!, 14);
    expect(pooled!.deltaInterval![0]).toBeLessThan(pooled!.delta!);
    expect(pooled!.deltaInterval![1]).toBeGreaterThan(pooled!.delta!);
  });

  test('UnitMem of two sets is compared on the first images of each, as many as the smaller has', () => {
    const [a, b] = ['candidates', 'shared'].map((name) => setOf(name).layers[5]!);
    const first20 = unitMem(a!.mu.slice(0, 20 * a!.units), a!.units).unitmem;
    expect(summary.layers[5]!.contrasts[0]!.unitmem).toEqual({
      n: 20,
      a: mean(first20),
      b: mean(b!.unitmem),
      difference: mean(first20) - mean(b!.unitmem),
      interval: summary.layers[5]!.contrasts[0]!.unitmem!.interval,
      quantiles: { a: summarizeUnits(first20).quantiles, b: summary.layers[5]!.sets.shared!.unitmem!.quantiles },
    });
    expect(summary.layers[5]!.sets.candidates!.unitmem!.n).toBe(30);
  });

  test('the interval of their difference is over units: that of the normal distribution where there are many', () => {
    const units = 4000;
    const many = (['candidates', 'external'] as const).map((set, s) => {
      const mu = Float32Array.from({ length: 4 * units }, (_, k) => 1 + uniform(k, 0, s, 7));
      const layer = { ...setOf(set).layers[0]!, node: 'wide', units, mu, alignmentF: new Float64Array(4).fill(1) };
      const small = { set, index: [0, 1, 2, 3], names: ['a', 'b', 'c', 'd'], labels: [null, null, null, null] };
      return scoreSet({ ...small, layers: [{ ...layer, alignmentG: null }] }, { score: 'ratio', unitRest: 'mean' });
    });
    const facts = [{ ...EXAMPLE_LAYERS[0]!, node: 'wide', units }];
    const found = summarize(many, facts, { ...options, resamples: 2000 }).layers[0]!.contrasts[0]!.unitmem!;
    const differences = many[0]!.layers[0]!.unitmem.map((a, u) => a - many[1]!.layers[0]!.unitmem[u]!);
    const center = mean(differences);
    const deviation = Math.sqrt(mean(differences.map((d) => (d - center) ** 2)) / units);
    expect(found.difference).toBeCloseTo(center, 12);
    // An end is a quantile of 2000 resamples: √(p(1 − p)/2000)/φ(1.96) = 0.06 deviations; five of those.
    expect(Math.abs(found.interval[0] - (center - 1.96 * deviation))).toBeLessThan(0.3 * deviation);
    expect(Math.abs(found.interval[1] - (center + 1.96 * deviation))).toBeLessThan(0.3 * deviation);
  });

  test('units that answer alike to both sets differ by exactly 0, with no interval around it', () => {
    const twice = [setOf('candidates'), { ...setOf('candidates'), set: 'external' as const }];
    for (const layer of summarize(twice, EXAMPLE_LAYERS, options).layers) {
      expect(leadingContrast(layer)!.unitmem).toMatchObject({ difference: 0, interval: [0, 0] });
    }
  });

  test('neither the order of sets nor the other sets change a set’s numbers', () => {
    const reversed = summarize([...scores].reverse(), EXAMPLE_LAYERS, options);
    expect(reversed).toEqual(summary);
    const pair = summarize([setOf('external'), setOf('candidates')], EXAMPLE_LAYERS, options);
    pair.layers.forEach((layer, l) => {
      expect(layer.sets.external).toEqual(summary.layers[l]!.sets.external);
      expect(leadingContrast(layer)).toEqual(leadingContrast(summary.layers[l]!));
    });
  });

  test('two sets are resampled independently: equal scores in both differ by 0, with an interval around it', () => {
    const twice = [setOf('candidates'), { ...setOf('candidates'), set: 'external' as const }];
    for (const layer of summarize(twice, EXAMPLE_LAYERS, options).layers) {
      const { difference, interval } = leadingContrast(layer)!;
      expect(difference).toBe(0);
      expect(interval[0]).toBeLessThan(0);
      expect(interval[1]).toBeGreaterThan(0);
    }
  });

  test('equal encoders give exactly 0 everywhere, and an AUC of ½', () => {
    const null_ = rescored(scores, (layer) => ({ alignmentG: layer.alignmentF }));
    for (const layer of summarize(null_, EXAMPLE_LAYERS, options).layers) {
      for (const set of Object.values(layer.sets)) expect([set.layermem, ...set.interval!]).toEqual([0, 0, 0]);
      for (const { difference, interval, auc: area, aucInterval } of layer.contrasts) {
        expect([difference, ...interval, area, ...aucInterval]).toEqual([0, 0, 0, 0.5, 0.5, 0.5]);
      }
    }
  });

  test('exchanging f and g changes every LayerMem’s sign', () => {
    const swapped = rescored(scores, ({ alignmentF, alignmentG }) => ({
      alignmentF: alignmentG,
      alignmentG: alignmentF,
    }));
    summarize(swapped, EXAMPLE_LAYERS, options).layers.forEach((layer, l) => {
      expect(layer.sets.candidates!.layermem).toBe(-summary.layers[l]!.sets.candidates!.layermem!);
    });
  });

  test('scores of other layers than those named are refused', () => {
    expect(() => summarize(scores, EXAMPLE_LAYERS.slice(1), options)).toThrow(/candidates was scored at prep\.relu/);
  });
});

describe('units', () => {
  test('are the highest of the layers after ReLU, best first', () => {
    const relu = new Set(EXAMPLE_LAYERS.filter((layer) => layer.kind === 'relu').map((layer) => layer.node));
    const values = setOf('candidates')
      .layers.filter((layer) => relu.has(layer.node))
      .flatMap((layer) => [...layer.unitmem]);
    const expected = values.sort((a, b) => b - a).slice(0, 24);
    expect(summary.units.map((unit) => unit.unitmem)).toEqual(expected);
    expect(summary.units.every((unit) => relu.has(unit.node))).toBe(true);
  });

  test('a transformer’s fully connected layers count as headline layers', () => {
    const nodes = ['blocks.0.mlp.act', 'blocks.0.mlp', 'blocks.0.add_attn', 'mlpx'];
    const layers = scores[0]!.layers.slice(0, 4).map((layer, l) => ({ ...layer, node: nodes[l]! }));
    const facts = EXAMPLE_LAYERS.slice(0, 4).map((layer, l) => ({
      ...layer,
      node: nodes[l]!,
      kind: 'gelu',
      predecessor: null,
    }));
    const found = summarize([{ ...scores[0]!, layers }], facts, options).units;
    expect(new Set(found.map((unit) => unit.node))).toEqual(new Set(nodes.slice(0, 2)));
  });

  test('where no headline layer was tapped, all layers with units count; mixed signs come last', () => {
    const facts = EXAMPLE_LAYERS.map((layer) => ({ ...layer, kind: 'conv' }));
    const mu = Float32Array.from(
      [
        [1, 3, -2],
        [1, 1, 2.5],
      ].flat(),
    );
    const layers = [{ ...scores[0]!.layers[0]!, units: 3, mu, alignmentF: new Float64Array(2), alignmentG: null }];
    const small = { ...scores[0]!, index: [0, 1], names: ['a', 'b'], labels: [null, null], layers };
    const set = scoreSet(small, { score: 'ratio', unitRest: 'mean' });
    const { units } = summarize([set], [{ ...facts[0]!, units: 3 }], options);
    expect(units.map((unit) => [unit.unit, unit.unitmem, unit.image, unit.margin, unit.mixedSign])).toEqual([
      [1, 0.5, 0, 2 / 3, false],
      [0, 0, 0, 0, false],
      [2, 9, 1, 1.8, true],
    ]);
  });
});

describe('images', () => {
  test('are the ends of the ranking by SSLMem at the last layer, then winners, each once', () => {
    const values = setOf('candidates').layers.at(-1)!.sslmem!;
    const descending = [...values].sort((a, b) => b - a);
    const ends = summary.images.slice(0, 24);
    expect(ends.map((image) => image.score)).toEqual([...descending.slice(0, 12), ...descending.slice(-12)]);
    expect(ends.map((image) => image.rank)).toEqual(
      [...Array(12).keys(), ...Array(12).keys()].map((i, k) => i + (k < 12 ? 1 : 19)),
    );
    const positions = summary.images.map((image) => image.position);
    expect(new Set(positions).size).toBe(positions.length);
    for (const unit of summary.units) expect(positions).toContain(unit.image);
    for (const { position, name, index } of summary.images) {
      expect([name, index]).toEqual([setOf('candidates').names[position], setOf('candidates').index[position]]);
    }
  });

  test('of a small set are all images once; equal scores stay in order', () => {
    const few = exampleScores({ sizes: { candidates: 5 } });
    const equal = rescored(few, (layer) => ({ alignmentG: layer.alignmentF }));
    const { images } = summarize(equal, EXAMPLE_LAYERS, options);
    expect(images.map((image) => image.position)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('warnings', () => {
  const codes = (sets: readonly SetScores[], change: Partial<SummaryOptions> = {}) =>
    summarize(sets, EXAMPLE_LAYERS, { ...options, ...change }).warnings.map((warning) => warning.code);
  const quiet = ['DEAD_UNITS', 'MIXED_SIGN_UNITS'];

  test('a well-measured run has only those of its units, with their number', () => {
    const { warnings } = summarize(exampleScores({ sizes: { candidates: 64, external: 64 } }), EXAMPLE_LAYERS, options);
    expect(warnings.map(({ code, value }) => [code, value])).toEqual([
      ['DEAD_UNITS', 11],
      ['MIXED_SIGN_UNITS', 1],
    ]);
  });

  test('units below 0 are read at a layer that has none, where there is one', () => {
    const said = (layers: readonly string[]) => {
      const sets = exampleScores({ sizes: { candidates: 64, external: 64 } });
      const kept = sets.map((set) => ({
        ...set,
        layers: set.layers.filter((_, l) => layers.includes(EXAMPLE_LAYERS[l]!.node)),
      }));
      const facts = EXAMPLE_LAYERS.filter(({ node }) => layers.includes(node));
      return summarize(kept, facts, options).warnings.find(({ code }) => code === 'MIXED_SIGN_UNITS')?.message;
    };
    const all = EXAMPLE_LAYERS.map(({ node }) => node);
    const [signed = ''] = all.filter((node) => said([node]) !== undefined);
    expect(said([signed])).toMatch(/say little: compare medians\.$/);
    expect(said(all)).toMatch(/read it at layers such as \S+, or compare medians\.$/);
  });

  test('few images, few views, no control, no reference and one file twice are said', () => {
    expect(codes(scores)).toEqual(['FEW_IMAGES', ...quiet]);
    const big = exampleScores({ sizes: { candidates: 64, external: 64 } });
    expect(codes(big, { views: 3 })).toEqual(['FEW_VIEWS', ...quiet]);
    expect(codes(big.slice(0, 1))).toEqual(['NO_CONTROL', ...quiet]);
    expect(codes(big, { sameEncoder: true })).toEqual(['SAME_ENCODER', ...quiet]);
    const alone = exampleScores({ sizes: { candidates: 64 }, reference: false });
    expect(codes(alone)).toEqual(['NO_REFERENCE', 'NO_CONTROL', ...quiet]);
  });

  test('FEW_IMAGES names each small set and carries the smallest', () => {
    const [few] = summarize(scores, EXAMPLE_LAYERS, options).warnings;
    expect(few!.value).toBe(20);
    expect(few!.message).toContain('30 candidates, 20 shared, 25 independent, 28 external: use at least 64 of each.');
  });

  test('a headline interval that contains 0 is said', () => {
    const big = exampleScores({ sizes: { candidates: 64, external: 64 } });
    const equal = rescored(big, (layer) => ({ alignmentG: layer.alignmentF }));
    expect(codes(equal)).toEqual(['INTERVAL_CONTAINS_ZERO', ...quiet]);
  });
});
