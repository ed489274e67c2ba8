import { describe, expect, test } from 'vitest';
import { checkArchitectureOptions, refuseUnusedOptions } from '../../src/models/architecture-options.js';
import { loadModel } from '../../src/models/load.js';
import { resnet9 } from '../../src/models/resnet9.js';
import { tinyResNet9Tensors } from '../reference/tiny-resnet9.js';
import { tinyViTTensors } from '../reference/tiny-vit.js';
import { weightsOf } from './tiny.js';

describe('values', () => {
  test('that are known are taken, what is undefined is left out', () => {
    expect(checkArchitectureOptions({ heads: 6, stem: 'cifar', stride: undefined, origin: 'MAE' })).toEqual({
      heads: 6,
      stem: 'cifar',
      origin: 'MAE',
    });
  });

  test.each([
    [{ heads: 0 }, 'heads: 0 is no positive whole number', undefined],
    [{ heads: 2.5 }, 'heads: 2.5 is no positive whole number', undefined],
    [{ heads: '6' }, 'heads: "6" is no positive whole number', undefined],
    [{ stem: 'cifer' }, 'stem: unknown value "cifer"', 'Did you mean cifar? Possible: imagenet, cifar.'],
    [{ stride: '3' }, 'stride: unknown value "3"', 'Did you mean 3x3? Possible: 3x3, 1x1.'],
    [{ head: 6 }, 'unknown option "head" of an encoder', 'Did you mean heads?'],
    [
      { whatever: 6 },
      'unknown option "whatever" of an encoder',
      'Options: size, norm, eps, heads, stem, stride, origin.',
    ],
    [{ origin: '' }, 'origin: "" is no name', undefined],
    [{ origin: 3 }, 'origin: 3 is no name', undefined],
  ])('%j are refused', (options, message, hint) => {
    expect(() => checkArchitectureOptions(options)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message, hint }),
    );
  });
});

describe('what a family has no use for', () => {
  test('is refused, with what it takes', () => {
    expect(() =>
      refuseUnusedOptions('g.pth', { ...resnet9, name: 'ResNet', options: ['stem', 'stride'] }, { heads: 3 }),
    ).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: 'g.pth: heads says nothing about a ResNet',
        hint: 'Leave it out. It takes stem and stride.',
      }),
    );
  });

  test('is refused when a model is loaded', async () => {
    const load = loadModel(weightsOf(tinyResNet9Tensors(1)), { stem: 'cifar' });
    await expect(load).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/: stem says nothing about a ResNet-9$/),
        hint: 'Leave it out.',
      }),
    );
  });

  test('is nothing where nothing was said', () => {
    expect(() => refuseUnusedOptions('f', resnet9, {})).not.toThrow();
  });
});

test('what was said stands in the facts of the model, and only then', async () => {
  const weights = weightsOf(tinyViTTensors(1, { width: 64, depth: 1, patch: 4, side: 2 }));
  expect((await loadModel(weights, { heads: 2 })).facts.options).toEqual({ heads: 2 });
  expect((await loadModel(weights, {})).facts).not.toHaveProperty('options');
});
