import { expect, test } from 'vitest';
import { layerTitle } from '../../src/report/layer-title.js';
import { exampleReport } from './example.js';

const [layer] = exampleReport().layers;
const title = (node: string, label: string, max: number) => layerTitle({ ...layer!, node, label }, max);

test('the row of the paper stands beside a node where both fit and differ', () => {
  expect(title('add', 'Res2', 10)).toBe('add (Res2)');
  expect(title('add', 'Res2', 9)).toBe('add');
  expect(title('pooled', 'pooled features', 99)).toBe('pooled');
  expect(title('layer3_residual1.relu', 'conv 4-1', 12)).toBe('layer3….relu');
});
