import { expect, test } from 'vitest';
import { expectedPredictions, predict } from './predict.js';
import { useCli } from './run-cli.js';

const cli = useCli();

test('a trained ResNet-20 in its .th file gives 200 CIFAR images the classes that PyTorch gave', async () => {
  const found = await predict(cli, 'resnet-cifar10/resnet20.th', '@0-199');
  expect(found).toEqual(expectedPredictions('resnet20').predictions.slice(0, 200));
});
