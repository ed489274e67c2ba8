import { expect, test } from 'vitest';
import { describeGraph } from '../../src/graph/facts.js';
import { conv, node } from './small-graphs.js';

test('sizes and costs of conv, affine and linear nodes are those worked by hand', () => {
  const { nodes, totals } = describeGraph({
    family: 'x',
    input: { channels: 3, height: 8, width: 6 },
    nodes: [
      conv('c', 5, 'input', 3, 2),
      node('a', { kind: 'affine', scale: 's', shift: 't' }, 'c'),
      node('m', { kind: 'global-avgpool' }, 'a'),
      node('fc', { kind: 'linear', weight: 'w', bias: 'b', out: 10 }, 'm'),
    ],
  });
  expect(nodes).toEqual([
    { name: 'c', label: 'c', kind: 'conv', units: 5, shape: [5, 4, 3], parameters: 135, multiplyAdds: 135 * 12 },
    { name: 'a', label: 'a', kind: 'affine', units: 5, shape: [5, 4, 3], parameters: 10, multiplyAdds: 0 },
    { name: 'm', label: 'm', kind: 'global-avgpool', units: 5, shape: [5], parameters: 0, multiplyAdds: 0 },
    { name: 'fc', label: 'fc', kind: 'linear', units: 10, shape: [10], parameters: 60, multiplyAdds: 50 },
  ]);
  expect(totals).toEqual({ parameters: 205, multiplyAdds: 1670, units: 15 });
});
