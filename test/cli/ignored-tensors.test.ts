import { expect, test } from 'vitest';
import { groupIgnored } from '../../src/cli/ignored-tensors.js';

const encoder = ['module.encoder_q.conv1.weight', 'module.encoder_q.layer1.0.conv1.weight'];
const grouped = (...ignored: string[]) => groupIgnored(ignored, [...encoder, ...ignored]);

test('modules that are left out whole are counted, by their outermost name', () => {
  expect(
    grouped('module.queue', 'module.encoder_k.conv1.weight', 'module.encoder_k.fc.bias', 'module.encoder_q.fc.weight'),
  ).toEqual(['module.queue', '2 of module.encoder_k.*', 'module.encoder_q.fc.weight']);
});

test('what is left out of every module is counted by its last name', () => {
  const counters = ['bn1', 'layer1.0.bn1'].map((norm) => `module.encoder_q.${norm}.num_batches_tracked`);
  const all = [...encoder, ...counters.map((name) => name.replace('num_batches_tracked', 'weight')), ...counters];
  expect(groupIgnored(counters, all)).toEqual(['2 of *.num_batches_tracked']);
});

test('names without dots, and no names at all', () => {
  expect(groupIgnored(['mask_token'], ['mask_token', 'cls_token'])).toEqual(['mask_token']);
  expect(groupIgnored([], encoder)).toEqual([]);
});
