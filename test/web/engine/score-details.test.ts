import { expect, test } from 'vitest';
import type { SetScores } from '../../../src/analysis/result.js';
import { reportDetails } from '../../../src/report/details.js';
import { scoreDetails } from '../../../src/web/engine/score-details.js';
import { EXAMPLE_LAYERS, exampleReport, exampleScores, uniform } from '../../report/example.js';

const nothing = async () => null;
const ofFirst = (options = {}) => exampleScores(options)[0]!;

/** Every image's mean of a unit, by a plain loop over rows. */
function column(scores: SetScores, node: string, unit: number): number[] {
  const { mu, units } = scores.layers.find((layer) => layer.node === node)!;
  const means: number[] = [];
  for (let i = 0; i < scores.names.length; i++) means.push(mu[i * units + unit]!);
  return means;
}

for (const reference of [true, false]) {
  test(`a report lists what the scores give, ${reference ? 'with' : 'without'} a reference`, async () => {
    const some = reportDetails(exampleReport({ reference }));
    const all = scoreDetails(ofFirst({ reference }), 'mean', nothing);
    const known = await some.images();
    expect(known.length).toBeGreaterThan(24);
    expect(await all.images()).toEqual(expect.arrayContaining([...known]));
    let units = 0;
    for (const { node } of EXAMPLE_LAYERS) {
      const found = await all.units(node);
      for (const unit of await some.units(node)) {
        units++;
        expect(found).toContainEqual(unit);
        expect(await all.unitImages(node, unit.unit, 2)).toEqual(await some.unitImages(node, unit.unit, 2));
      }
    }
    expect(units).toBe(24);
    for (const { position } of known) {
      const [few, more] = [(await some.image(position))!, (await all.image(position))!];
      expect(more).toMatchObject({ ...few, layers: expect.any(Array), units: expect.arrayContaining([...few.units]) });
    }
  });
}

test('every unit stands with the UnitMem that its means give, those of both signs last', async () => {
  const scores = ofFirst();
  const details = scoreDetails(scores, 'mean', nothing);
  for (const { node, units } of EXAMPLE_LAYERS) {
    const found = await details.units(node);
    expect(found.map(({ unit }) => unit).sort((a, b) => a - b)).toEqual(Array.from({ length: units }, (_, u) => u));
    for (const { unit, unitmem, image, mean, runnerUp, runnerUpMean, mixedSign } of found) {
      const means = column(scores, node, unit);
      const order = means.map((_, i) => i).sort((a, b) => means[b]! - means[a]! || a - b);
      expect([image, runnerUp]).toEqual(order.slice(0, 2));
      expect([mean, runnerUpMean]).toEqual([means[order[0]!], means[order[1]!]]);
      const rest = order.slice(1).reduce((sum, i) => sum + means[i]!, 0) / (means.length - 1);
      expect(unitmem).toBeCloseTo(mean + rest === 0 ? 0 : (mean - rest) / (mean + rest), 12);
      expect(mixedSign).toBe(Math.min(...means) < 0 && Math.max(...means) > 0);
    }
    const keys = found.map(({ mixedSign, unitmem }) => (mixedSign ? -1e6 : 0) + unitmem);
    expect(keys).toEqual([...keys].sort((a, b) => b - a));
  }
});

test('the images of a unit are those with its highest means, at most as many as asked for', async () => {
  const scores = ofFirst();
  const details = scoreDetails(scores, 'mean', nothing);
  const means = column(scores, 'layer2.relu', 5);
  const found = await details.unitImages('layer2.relu', 5, 7);
  expect(found).toHaveLength(7);
  const left = [...means];
  for (const { position, mean } of found) {
    expect(mean).toBe(Math.max(...left));
    expect(left[position]).toBe(mean);
    left[position] = Number.NEGATIVE_INFINITY;
  }
  expect(await details.unitImages('layer2.relu', 5, 1000)).toHaveLength(scores.names.length);
  expect(await details.unitImages('no such layer', 0, 3)).toEqual([]);
});

test('an image has its score and rank at every layer, and the units whose highest mean is its', async () => {
  const scores = ofFirst();
  const details = scoreDetails(scores, 'mean', nothing);
  for (const position of [0, 17, scores.names.length - 1]) {
    const image = (await details.image(position))!;
    expect(image.name).toBe(scores.names[position]);
    expect(image.layers.map(({ node }) => node)).toEqual(EXAMPLE_LAYERS.map(({ node }) => node));
    image.layers.forEach(({ score, rank }, l) => {
      const { alignmentF, alignmentG } = scores.layers[l]!;
      const own = (i: number) => (alignmentG![i]! - alignmentF[i]!) / (alignmentG![i]! + alignmentF[i]!);
      expect(score).toBeCloseTo(own(position), 12);
      const above = scores.names.filter((_, i) => own(i) > own(position) + 1e-12);
      expect(rank).toBe(above.length + 1);
    });
    expect([image.score, image.rank]).toEqual([image.layers.at(-1)!.score, image.layers.at(-1)!.rank]);
    const held = EXAMPLE_LAYERS.flatMap(({ node, units }) =>
      Array.from({ length: units }, (_, unit) => unit)
        .filter((unit) => {
          const means = column(scores, node, unit);
          return means.indexOf(Math.max(...means)) === position;
        })
        .map((unit) => `${node} ${unit}`),
    );
    expect(image.units.map(({ node, unit }) => `${node} ${unit}`).sort()).toEqual(held.sort());
  }
  expect(await details.image(scores.names.length)).toBeNull();
});

test('means that hold only until those of another layer are asked for give the same', async () => {
  const scores = ofFirst();
  const buffer = new Float32Array(scores.names.length * 32);
  const reread: SetScores = {
    ...scores,
    layers: scores.layers.map((layer) => ({
      ...layer,
      get mu() {
        buffer.set(layer.mu);
        return buffer.subarray(0, layer.mu.length);
      },
    })),
  };
  const [held, all] = [scoreDetails(reread, 'median', nothing), scoreDetails(scores, 'median', nothing)];
  expect(await held.image(3)).toEqual(await all.image(3));
  const asked = EXAMPLE_LAYERS.map(({ node }) => Promise.all([held.units(node), held.unitImages(node, 0, 5)]));
  const wanted = EXAMPLE_LAYERS.map(({ node }) => Promise.all([all.units(node), all.unitImages(node, 0, 5)]));
  expect(await Promise.all(asked)).toEqual(await Promise.all(wanted));
});

test('what is told survives a structured clone, and a set of one image has no units', async () => {
  const details = scoreDetails(ofFirst({ sizes: { candidates: 1 } }), 'mean', nothing);
  expect(await details.units('pooled')).toEqual([]);
  const image = await details.image(0);
  expect(structuredClone(image)).toEqual(image);
  expect(image!.units).toEqual([]);
  expect(image!.layers.every(({ rank }) => rank === 1)).toBe(true);
});

test('without a reference thousands of images are listed in time that grows with their number', async () => {
  // Scores are made once, not once an image: a count, as a time would say little here.
  let reads = 0;
  const n = 4660;
  const alignmentF = Float64Array.from({ length: n }, (_, i) => uniform(i, 0, 0, 0));
  const scores: SetScores = {
    set: 'candidates',
    index: Array.from({ length: n }, (_, i) => i),
    names: Array.from({ length: n }, (_, i) => `${i}`),
    labels: Array.from({ length: n }, () => null),
    layers: [
      {
        ...{ node: 'pooled', units: 0, alignmentG: null, sslmem: null },
        ...{ mu: new Float32Array(0), unitmem: new Float64Array(0), argmax: new Int32Array(0) },
        get alignmentF() {
          reads++;
          return alignmentF;
        },
      },
    ],
  };
  const images = await scoreDetails(scores, 'mean', nothing).images();
  expect(images.map(({ rank }) => rank)).toEqual(images.map((_, i) => i + 1));
  expect(reads).toBeLessThan(10);
});
