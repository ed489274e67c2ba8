import { describe, expect, test } from 'vitest';
import { loadModel } from '../../src/models/load.js';
import { recognise } from '../../src/models/recognise.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { renamed, weightsOf, zeros } from './tiny.js';

const tiny = () => tinyResNet9Tensors(1);
const counter = 'prep.batch.num_batches_tracked';
const refused = (code: string, ...parts: string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(parts.map(literal).join('.*'))),
  });
function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe('wrappers and prefixes are stripped', () => {
  test.each([
    ['', 'authors'],
    ['module.', 'authors'],
    ['_orig_mod.module.', 'authors'],
    ['encoder.', "authors (under 'encoder.')"],
    ['backbone.', "authors (under 'backbone.')"],
    ['module.encoder_q.', "authors (under 'encoder_q.')"],
    ['online_encoder.net.', "authors (under 'online_encoder.net.')"],
    ['a.b.c.d.', "authors (under 'a.b.c.d.')"],
  ])('%j', async (prefix, map) => {
    const found = await recognise(weightsOf(renamed(tiny(), (name) => prefix + name)));
    expect(found.family.name).toBe('ResNet-9');
    expect(found.map).toBe(map);
    expect(found.tensors.get('layer2.conv.weight')).toBe(`${prefix}layer2.conv.weight`);
    expect(found.tensors.size).toBe(48);
  });

  test('also inside names, as torch.compile and data parallelism put them on a single module', async () => {
    const tensors = renamed(tiny(), (name) => name.replace('layer2.', 'layer2._orig_mod.module.'));
    expect((await recognise(weightsOf(tensors))).tensors.get('layer2.conv.bias')).toBe(
      'layer2._orig_mod.module.conv.bias',
    );
  });
});

describe('what is no part of the encoder is ignored and listed', () => {
  test('counters, projectors, an MLP classifier, a decoder with convolutions, and all outside the prefix', async () => {
    const tensors = renamed(tiny(), (name) => `encoder.${name}`);
    const extra = [
      `encoder.${counter}`,
      'encoder.projector.0.weight',
      'encoder.classifier.0.weight',
      'encoder.classifier.2.weight',
      'encoder.classifier.2.bias',
      'encoder.decoder_blocks.conv.weight',
      'queue',
      'other.conv.weight',
    ];
    for (const name of extra) tensors.set(name, name.includes('conv') ? zeros(1, 1, 1, 1) : zeros(2, 2));
    const { graph, facts } = await loadModel(weightsOf(tensors));
    expect(facts.ignored).toEqual(extra);
    expect(graph.nodes.at(-1)!.name).toBe('pooled');
  });

  test('a classifier of another width is no plain one', async () => {
    const tensors = tinyResNet9Tensors(1, 4, { classes: 10 });
    tensors.set('classifier.2.weight', zeros(10, 33));
    const { graph, facts } = await loadModel(weightsOf(tensors));
    expect(facts.ignored).toEqual(['classifier.2.weight', 'classifier.2.bias']);
    expect(graph.nodes.at(-1)!.name).toBe('pooled');
  });

  test.each(['encoder_k.', 'momentum_encoder.', 'module.target_encoder.net.', 'student.', 'ema.'])(
    'a second copy under %j',
    async (copy) => {
      const tensors = renamed(tiny(), (name) => copy + name);
      for (const [name, tensor] of tiny()) tensors.set(`encoder_q.${name}`, tensor);
      expect((await recognise(weightsOf(tensors))).map).toBe("authors (under 'encoder_q.')");
    },
  );
});

describe('UNKNOWN_ARCHITECTURE', async () => {
  test('names the known families and some tensors where no family has any', async () => {
    const tensors = new Map(
      ['lstm.weight_ih_l0', 'lstm.weight_hh_l0', 'lstm.bias_ih_l0', 'a', 'b', 'c'].map((name) => [name, zeros(1)]),
    );
    await expect(recognise(weightsOf(tensors))).rejects.toThrow(
      refused(
        'UNKNOWN_ARCHITECTURE',
        'tiny.safetensors: no encoder that memgpu knows (ResNet-9, ResNet',
        'its tensors are lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, a and 2 more',
      ),
    );
  });

  test('counts what is there where a part of the signature is missing', async () => {
    const tensors = renamed(tiny(), (name) => `net.${name}`);
    tensors.delete('net.prep.conv.weight');
    await expect(recognise(weightsOf(tensors))).rejects.toThrow(
      refused(
        'UNKNOWN_ARCHITECTURE',
        'Nearest is ResNet-9 with 47 of 48',
        'missing: net.prep.conv.weight;',
        'not expected: none',
      ),
    );
  });

  test('is answered at once, and briefly, for names of a million dots', async () => {
    const tensors = new Map([['.'.repeat(1_000_000), zeros(1)]]);
    await expect(recognise(weightsOf(tensors))).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/.{600}/) }),
    );
  });

  test('is also an empty file', async () => {
    await expect(recognise(weightsOf(new Map()))).rejects.toThrow(
      refused('UNKNOWN_ARCHITECTURE', 'its tensors are none'),
    );
  });

  test.each([
    ['layer1_residual3.conv.weight', 4],
    ['layer2.se.weight', 2],
    ['stem.0.weight', 4],
  ])('is a ResNet-9 that also has %s: another network', async (name, rank) => {
    const tensors = tiny().set(name, zeros(...Array<number>(rank).fill(1)));
    await expect(recognise(weightsOf(tensors))).rejects.toThrow(refused('UNKNOWN_ARCHITECTURE', 'also has', name));
  });

  test('is a file with two encoders', async () => {
    const tensors = renamed(tiny(), (name) => `left.${name}`);
    for (const [name, tensor] of tiny()) tensors.set(`right.${name}`, tensor);
    await expect(recognise(weightsOf(tensors))).rejects.toThrow(refused('UNKNOWN_ARCHITECTURE', "'left.'", "'right.'"));
    const doubled = tiny().set('module.prep.conv.bias', zeros(4));
    await expect(recognise(weightsOf(doubled))).rejects.toThrow(
      refused('UNKNOWN_ARCHITECTURE', 'prep.conv.bias and module.prep.conv.bias'),
    );
  });
});

test('MISSING_TENSOR names what a clear ResNet-9 lacks', async () => {
  const tensors = renamed(tiny(), (name) => `module.encoder.${name}`);
  tensors.delete('module.encoder.layer2.batch.running_var');
  await expect(recognise(weightsOf(tensors))).rejects.toThrow(
    refused('MISSING_TENSOR', 'tiny.safetensors: is a ResNet-9 without encoder.layer2.batch.running_var'),
  );
});
