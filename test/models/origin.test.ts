import { describe, expect, test } from 'vitest';
import { loadModel, type ModelOptions } from '../../src/models/load.js';
import type { RefTensor } from '../reference/safetensors.js';
import { tinyResNetTensors } from '../reference/tiny-resnet.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';
import { renamed, weightsOf, zeros } from './tiny.js';

/** As `dino_*_pretrain.pth` and `mae_pretrain_*.pth` are: timm's names, and nothing beside them. */
const released = () => tinyViTTensors(1, { width: 16, depth: 1, patch: 4, side: 3 });
const load = (tensors: ReadonlyMap<string, RefTensor>, options: ModelOptions = {}) =>
  loadModel(weightsOf(tensors), { heads: 2, ...options });
const interpolated = async (options: ModelOptions, tensors: ReadonlyMap<string, RefTensor> = released()) =>
  (await load(tensors, { size: 16, ...options })).notes.map(({ message }) => message);
const refused = (message: string, hint: string) =>
  expect.objectContaining({
    code: 'BAD_OPTION',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });

describe('an encoder whose names several projects share', () => {
  test.each([
    ['DINO', 'DINO', 'dino'],
    ['mae', 'MAE', 'hugging-face'],
    ['MoCo v3', 'MoCo v3', 'timm'],
    ['TIMM', undefined, 'timm'],
  ])('said to be of %s has its training and its rule for positions', async (origin, training, rule) => {
    const { facts } = await load(released(), { origin });
    expect(facts.map.toLowerCase()).toBe(origin.toLowerCase());
    expect(facts.training).toBe(training);
    expect(facts.options).toEqual({ heads: 2, origin });
    expect(await interpolated({ origin })).toEqual([
      `positions learned for 3 × 3 patches are interpolated to 4 × 4 (rule: ${rule})`,
    ]);
  });

  test("is taken as timm's, and a note names the other rules where they would matter", async () => {
    expect((await load(released())).facts).toMatchObject({ map: 'timm' });
    expect((await load(released())).facts).not.toHaveProperty('training');
    expect((await load(released())).notes).toEqual([]);
    expect(await interpolated({})).toEqual([
      'positions learned for 3 × 3 patches are interpolated to 4 × 4 (rule: timm); ' +
        'the file does not tell whose code trained it: --origin MAE or DINO chooses another rule',
    ]);
  });

  test('is told by what stands beside it, unless its user says otherwise', async () => {
    const marked = released().set('head.last_layer.weight_g', zeros(9, 1) as never);
    expect(await interpolated({}, marked)).toEqual([expect.stringMatching(/\(rule: dino\)$/)]);
    expect((await load(marked, { origin: 'timm' })).facts.map).toBe('timm');
  });

  test("of MoCo v3, taken out of its checkpoint, has its code's heads", async () => {
    const small = tinyViTTensors(1, { width: 384, depth: 1, patch: 16, side: 2, hidden: 4 });
    const { graph, notes } = await loadModel(weightsOf(small), { origin: 'moco v3' });
    expect(graph.nodes.find(({ op }) => op.kind === 'softmax')!.inputs).toEqual(['blocks.0.attn.scores']);
    expect(graph.nodes.find(({ op }) => op.kind === 'attention-scores')!.op).toMatchObject({ heads: 12 });
    expect(notes).toEqual([]);
  });
});

describe('an origin that does not fit is BAD_OPTION', () => {
  test.each([
    ['MEA', 'origin "MEA" is none of those', 'Did you mean MAE? Possible: MoCo v3, MAE, DINO, timm.'],
    ['SwAV', 'whose names fit tiny.safetensors', 'Possible: MoCo v3, MAE, DINO, timm.'],
    ['torchvision', 'origin "torchvision"', 'Possible: MoCo v3, MAE, DINO, timm.'],
  ])('%s', async (origin, message, hint) => {
    await expect(load(released(), { origin })).rejects.toThrow(refused(message, hint));
  });

  test('for every family', async () => {
    const load9 = (origin: string) => loadModel(weightsOf(tinyResNet9Tensors(1)), { origin });
    await expect(load9('DINO')).rejects.toThrow(refused('origin "DINO"', 'Possible: authors.'));
    expect((await load9('Authors')).facts).toMatchObject({ family: 'ResNet-9', options: { origin: 'Authors' } });
  });

  test('but what is no encoder stays that', async () => {
    const nothing = loadModel(weightsOf(new Map([['a', zeros(1)]])), { origin: 'DINO' });
    await expect(nothing).rejects.toThrow(expect.objectContaining({ code: 'UNKNOWN_ARCHITECTURE' }));
  });
});

describe('a ResNet', () => {
  test('said to be of solo-learn pads its 3×3 stem by 2', async () => {
    const { graph, facts, notes } = await loadModel(weightsOf(tinyResNetTensors(1)), { origin: 'solo-learn' });
    expect(graph.nodes[0]!.op).toMatchObject({ kernel: 3, padding: 2 });
    expect(facts.map).toBe('solo-learn');
    expect(notes.map(({ code }) => code)).toEqual(['STEM_PADDING_ASSUMED']);
  });

  test('in two places of its file is read where its project keeps it', async () => {
    const tensors = renamed(tinyResNetTensors(2), (name) => `net.${name}`);
    for (const [name, tensor] of tinyResNetTensors(1)) tensors.set(`online_encoder.net.${name}`, tensor);
    const { facts } = await loadModel(weightsOf(tensors), { origin: 'BYOL' });
    expect(facts).toMatchObject({ map: "BYOL (under 'online_encoder.net.')", training: 'BYOL' });
  });
});
