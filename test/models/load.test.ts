import { describe, expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { describeGraph } from '../../src/graph/facts.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { loadModel, type ModelOptions } from '../../src/models/load.js';
import { tinyResNet9, tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { weightsOf, zeros } from './tiny.js';

const load = (tensors = tinyResNet9Tensors(1), options: ModelOptions = {}) => loadModel(weightsOf(tensors), options);
const fails = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('parameters', () => {
  test('convolutions and biases are those of the file, through the safetensors reader', async () => {
    const tensors = tinyResNet9Tensors(5);
    const { parameters } = await loadModel(await openSafetensors(bufferSource(tinyResNet9(5))));
    expect(parameters.size).toBe(8 * 4);
    for (const block of ['prep', 'layer1_residual2', 'layer3_head'])
      for (const name of [`${block}.conv.weight`, `${block}.conv.bias`])
        expect(parameters.get(name)).toEqual(tensors.get(name)!.data);
  });

  test.each([1e-5, 0.25])(
    'scale and shift are the batch normalisation in float64, rounded once, eps %d',
    async (eps) => {
      const tensors = tinyResNet9Tensors(3);
      const { parameters } = await load(tensors, eps === 1e-5 ? {} : { eps });
      const part = (name: string) => tensors.get(`layer2.batch.${name}`)!.data;
      part('weight').forEach((weight, c) => {
        const deviation = Math.sqrt(part('running_var')[c]! + eps);
        const shift = part('bias')[c]! - part('running_mean')[c]! * (weight / deviation);
        expect(parameters.get('layer2.batch.scale')![c]).toBe(Math.fround(weight / deviation));
        expect(parameters.get('layer2.batch.shift')![c]).toBe(Math.fround(shift));
      });
    },
  );

  test('their number is the sum over the graph, the classifier included', async () => {
    const plain = await load();
    const withClassifier = await load(tinyResNet9Tensors(1, 4, { classes: 7 }));
    expect(withClassifier.facts.parameters - plain.facts.parameters).toBe(7 * 32 + 7);
    expect(withClassifier.parameters.get('classifier.2.weight')).toHaveLength(7 * 32);
  });
});

describe('any widths', () => {
  test.each([[[1, 1, 1, 1]], [[5, 3, 7, 2]], [[6, 12, 4, 10]]] as const)('%j', async (widths) => {
    const { graph } = await load(tinyResNet9Tensors(1, widths));
    const units = (name: string) => inferShapes(graph).get(name)!.channels;
    expect(['prep.pool', 'add', 'layer2.pool', 'add_1'].map(units)).toEqual(widths);
    expect(describeGraph(graph).totals.units).toBe(widths[0] + 3 * widths[1] + widths[2] + 3 * widths[3]);
  });
});

describe('SHAPE_MISMATCH names both shapes', () => {
  test.each<[string, number[], string]>([
    ['layer2.conv.weight', [16, 9, 3, 3], 'layer2.conv.weight has shape [16, 9, 3, 3], expected [16, 8, 3, 3]'],
    ['layer1_residual2.conv.weight', [9, 8, 3, 3], '[9, 8, 3, 3], expected [8, 8, 3, 3]'],
    ['prep.conv.weight', [4, 1, 3, 3], '[4, 1, 3, 3], expected [4, 3, 3, 3]'],
    ['prep.conv.weight', [4, 3, 5, 5], '[4, 3, 5, 5], expected [4, 3, 3, 3]'],
    ['layer3_head.conv.bias', [31], 'layer3_head.conv.bias has shape [31], expected [32]'],
    ['layer3_head.batch.running_var', [32, 1], 'running_var has shape [32, 1], expected [32]'],
    ['layer2.conv.weight', [16], 'layer2.conv.weight has shape [16], expected 4 axes'],
    ['layer2.conv.weight', [0, 8, 3, 3], '[0, 8, 3, 3], expected 4 axes, none empty'],
  ])('%s %j', async (name, shape, message) => {
    const tensors = tinyResNet9Tensors(1).set(name, zeros(...shape));
    await expect(load(tensors)).rejects.toThrow(fails('SHAPE_MISMATCH', `tiny.safetensors: ${name}`));
    await expect(load(tensors)).rejects.toThrow(message);
    await expect(load(tensors)).rejects.toHaveProperty('hint', expect.stringContaining('checkpoint of one encoder'));
  });
});

describe('NON_FINITE names tensor and index', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('for %d in a weight', async (value) => {
    const tensors = tinyResNet9Tensors(1);
    tensors.get('layer3_residual1.conv.weight')!.data[17] = value;
    await expect(load(tensors)).rejects.toThrow(
      fails('NON_FINITE', `tiny.safetensors: layer3_residual1.conv.weight[17] is ${value}`),
    );
    await expect(load(tensors)).rejects.toHaveProperty(
      'hint',
      expect.stringContaining('take a checkpoint from before'),
    );
  });

  test('for a negative variance, and for one that eps cannot keep from 0', async () => {
    const tensors = tinyResNet9Tensors(1);
    tensors.get('layer2.batch.running_var')!.data[3] = -0.5;
    await expect(load(tensors)).rejects.toThrow(fails('NON_FINITE', 'layer2.batch.running_var[3] is -0.5'));
    tensors.get('layer2.batch.running_var')!.data[3] = 0;
    await expect(load(tensors, { eps: 0 })).rejects.toThrow(fails('NON_FINITE', 'layer2.batch.running_var[3] is 0'));
    await expect(load(tensors)).resolves.toBeDefined();
  });
});

describe('options', () => {
  test('without any, input is 32 × 32 with mean and deviation .5', async () => {
    expect((await load()).preprocessing).toEqual({
      size: 32,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      interpolation: 'bilinear',
    });
  });

  test('a larger size enlarges every map; the classifier, made for one position, is then left out', async () => {
    const { graph, preprocessing, facts } = await load(tinyResNet9Tensors(1, 4, { classes: 7 }), { size: 96 });
    expect(preprocessing.size).toBe(96);
    expect(inferShapes(graph).get('pooled')).toEqual({ channels: 32, height: 3, width: 3 });
    expect(facts.ignored).toEqual(['classifier.2.weight', 'classifier.2.bias']);
  });

  test.each([33, 16, 0, -32, 32.5, Number.NaN, Number.POSITIVE_INFINITY])('size %d is BAD_OPTION', async (size) => {
    await expect(load(undefined, { size })).rejects.toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  test.each([-1e-5, Number.NaN, Number.POSITIVE_INFINITY])('eps %d is BAD_OPTION', async (eps) => {
    await expect(load(undefined, { eps })).rejects.toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  test.each([
    ['imagenet', [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]],
    ['half', [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
    ['none', [0, 0, 0], [1, 1, 1]],
    ['.1,0,-1/1,2,3e-1', [0.1, 0, -1], [1, 2, 0.3]],
  ])('norm %s', async (norm, mean, std) => {
    expect((await load(undefined, { norm })).preprocessing).toMatchObject({ mean, std });
  });

  test.each([
    'Half',
    'constructor',
    '',
    '1,1,1',
    '0,0,0/1,1,0',
    '0,0,0/1,1,-1',
    '0,0/1,1',
    '0,0,0/1,1,1/1,1,1',
    '0,,0/1,1,1',
    'a,b,c/1,1,1',
    '0,0,0/1,1,Infinity',
  ])('norm %j is BAD_OPTION', async (norm) => {
    await expect(load(undefined, { norm })).rejects.toThrow(fails('BAD_OPTION', `norm '${norm}'`));
  });
});
