import { expect, test } from 'vitest';
import { MemgpuError } from '../../src/errors.js';
import { makePlan } from '../../src/graph/plan.js';
import { basicBlocks, conv } from './small-graphs.js';

test('a tap that is no node, and no tap at all, are BAD_OPTION', () => {
  expect(() => makePlan(basicBlocks, { taps: ['0.add', 'nowhere'] })).toThrow(
    new MemgpuError('BAD_OPTION', 'the encoder has no node nowhere'),
  );
  expect(() => makePlan(basicBlocks, { taps: ['input'] })).toThrow('the encoder has no node input');
  expect(() => makePlan(basicBlocks, { taps: [] })).toThrow('no node to compute');
});

test('slots hold f32 with channels padded to a multiple of 4', () => {
  const { tensors, slots } = makePlan(basicBlocks, { taps: ['0.conv1'] });
  expect(tensors.map(({ node, slot, tapped }) => [node, slot, tapped])).toEqual([
    ['input', 0, false],
    ['0.conv1', 1, true],
  ]);
  // 8×8×4 values; 4×4×6, padded to 8 channels.
  expect(slots).toEqual([8 * 8 * 4 * 4, 4 * 4 * 8 * 4]);
});

test('slots of halves take half the bytes; the input stays f32', () => {
  const { tensors, slots } = makePlan(basicBlocks, { taps: ['0.conv1'], storage: 'f16' });
  expect(tensors.map(({ storage }) => storage)).toEqual(['f32', 'f16']);
  expect(slots).toEqual([8 * 8 * 4 * 4, 4 * 4 * 8 * 2]);
});

test('a chain of equal tensors needs two slots beside the input, and one per tap where taps are held', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const input = { channels: 4, height: 2, width: 2 };
  const chain = { family: 'chain', input, nodes: names.map((name, i) => conv(name, 4, names[i - 1] ?? 'input')) };
  expect(makePlan(chain, { taps: names }).slots).toEqual([64, 64, 64]);
  expect(makePlan(chain, { taps: names, hold: true }).slots).toEqual([64, 64, 64, 64, 64, 64]);
});
