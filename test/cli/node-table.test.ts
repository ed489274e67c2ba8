import { expect, test } from 'vitest';
import { nodeTable, type ShownNode } from '../../src/cli/node-table.js';

const node = (name: string, more: Partial<ShownNode> = {}): ShownNode => ({
  name,
  label: name,
  kind: 'linear',
  units: 8,
  shape: [5, 8],
  parameters: 1000,
  multiplyAdds: 0,
  tapped: false,
  ...more,
});
const block = (n: number, more: Partial<ShownNode> = {}) => [
  node(`blocks.${n}.norm`, { label: `norm ${n}` }),
  node(`blocks.${n}.out`, { tapped: true, label: `out ${n}`, ...more }),
];
const totals = ['  total', '', '', '8', '1.00M', ''];
const names = (lines: readonly string[]) => lines.slice(1, -1).map((line) => line.slice(0, line.indexOf('  ', 2)));

test('a block that repeats the one before is folded with its followers, its costs added', () => {
  const nodes = [node('stem'), ...[0, 1, 2, 3].flatMap((n) => block(n)), node('norm')];
  const lines = nodeTable(nodes, totals, 80, true);
  expect(names(lines)).toEqual(['  stem', '  blocks.0.norm', '* blocks.0.out', '* blocks.1 … 3', '  norm']);
  expect(lines[4]).toMatch(/^\* blocks\.1 … 3 +as before, 3 times +6\.00k$/);
});

test('one that differs in any number begins anew; a single repetition is named alone', () => {
  const wide = { units: 16, shape: [5, 16] };
  const nodes = [...block(0), ...block(1), ...block(2, wide), ...block(3, wide)];
  expect(names(nodeTable(nodes, totals, 80, true))).toEqual([
    '  blocks.0.norm',
    '* blocks.0.out',
    '* blocks.1.*',
    '  blocks.2.norm',
    '* blocks.2.out',
    '* blocks.3.*',
  ]);
});

test('a run over two stages names a block of both', () => {
  const stage = (s: number, b: number) => [node(`layer${s}.${b}.conv`)];
  const nodes = [...stage(1, 0), ...stage(1, 1), ...stage(2, 0), ...stage(2, 1)];
  const lines = nodeTable(nodes, totals, 80, true);
  expect(names(lines)).toEqual(['  layer1.0.conv', '  layer1.1 … layer2.1']);
});

test('without folding every node has its line', () => {
  const nodes = [0, 1, 2].flatMap((n) => block(n));
  expect(nodeTable(nodes, totals, 80, false)).toHaveLength(1 + nodes.length + 1);
});

test('no line is wider than asked for as long as names leave room; labels are cut, names never', () => {
  const nodes = [node('a'.repeat(30), { label: 'long label '.repeat(9) }), node('b', { multiplyAdds: 123_456_789 })];
  for (const line of nodeTable(nodes, totals, 80, true)) expect([...line].length).toBeLessThanOrEqual(80);
  const name = 'n'.repeat(90);
  expect(nodeTable([node(name)], totals, 80, true)[1]).toContain(name);
});

test('a node without units shows none', () => {
  const [, line] = nodeTable([node('probs', { units: 0, shape: [3, 5, 5], parameters: 0 })], totals, 80, true);
  expect(line).toMatch(/^ {2}probs +probs +3×5×5$/);
});
