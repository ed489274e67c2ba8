import type { NodeFacts } from '../graph/facts.js';
import { count, shortCount } from '../report/amounts.js';
import { textTable } from '../report/table.js';

/** A node as `inspect` shows it. */
export interface ShownNode extends NodeFacts {
  /** Whether it is measured unless others are named. */
  readonly tapped: boolean;
}

/** What a column must hold to say anything. */
const NARROWEST = 12;

/**
 * The nodes as a table of at most `width` columns, as long as their names (never cut) leave room. A block that repeats
 * the one before it node by node is folded into one line with its followers.
 *
 * @param fold false lists every node
 */
export function nodeTable(nodes: readonly ShownNode[], totals: string[], width: number, fold: boolean): string[] {
  const rows = (fold ? foldBlocks(nodes) : nodes).map((line) => (Array.isArray(line) ? foldedRow(line) : rowOf(line)));
  const all = [...rows, totals];
  const widest = (column: number) => Math.max(...[TITLES, ...all].map((row) => [...row[column]!].length));
  const others = TITLES.reduce((sum, _, column) => sum + (column === 1 ? 0 : widest(column) + 2), 0);
  return textTable(
    TITLES.map((title, column) => ({
      title,
      align: column < 2 ? 'left' : 'right',
      ...(column === 1 && { max: Math.max(NARROWEST, width - others) }),
    })),
    all,
    Number.POSITIVE_INFINITY,
  );
}

const TITLES = ['  node', 'what', 'shape', 'units', 'params', 'madds'];

/** What has a line of its own: single nodes, and all nodes of the blocks that repeat the one before them. */
function foldBlocks(nodes: readonly ShownNode[]): (ShownNode | ShownNode[])[] {
  const blocks: { readonly name: string | null; readonly nodes: ShownNode[] }[] = [];
  for (const node of nodes) {
    const name = blockOf(node);
    const last = blocks.at(-1);
    if (name !== null && last?.name === name) last.nodes.push(node);
    else blocks.push({ name, nodes: [node] });
  }
  const lines: (ShownNode | ShownNode[])[] = [];
  let before = '';
  for (const { name, nodes: inside } of blocks) {
    const same = name === null ? '' : JSON.stringify(inside.map((node) => signatureOf(node, name)));
    if (same !== '' && same === before) {
      const last = lines.at(-1)!;
      if (Array.isArray(last)) last.push(...inside);
      else lines.push([...inside]);
    } else lines.push(...inside);
    before = same;
  }
  return lines;
}

/** Such as `blocks.3` or `layer2.1`; null for a node that is in no numbered block. */
function blockOf({ name }: ShownNode): string | null {
  return /^.*?\.\d+(?=\.)/.exec(name)?.[0] ?? null;
}

function signatureOf({ name, kind, shape, units, parameters, multiplyAdds, tapped }: ShownNode, block: string) {
  return [name.slice(block.length), kind, shape, units, parameters, multiplyAdds, tapped];
}

function rowOf(node: ShownNode): string[] {
  const { tapped, name, shape, units } = node;
  return [
    `${mark(tapped)} ${name}`,
    whatOf(node),
    shape.join('×'),
    units === 0 ? '' : count(units),
    ...costsOf([node]),
  ];
}

function foldedRow(nodes: readonly ShownNode[]): string[] {
  const blocks = [...new Set(nodes.map((node) => blockOf(node)!))];
  const [from, to] = [blocks[0]!, blocks.at(-1)!];
  const [stage, block] = splitBlock(to);
  const range = blocks.length === 1 ? `${from}.*` : `${from} … ${splitBlock(from)[0] === stage ? block : to}`;
  const times = blocks.length === 1 ? '' : `, ${blocks.length} times`;
  return [`${mark(nodes.some(({ tapped }) => tapped))} ${range}`, `as before${times}`, '', '', ...costsOf(nodes)];
}

function mark(tapped: boolean): string {
  return tapped ? '*' : ' ';
}

/** Parameters and multiply-adds; nothing for none. */
function costsOf(nodes: readonly ShownNode[]): string[] {
  const sum = (pick: (node: ShownNode) => number) => nodes.reduce((all, node) => all + pick(node), 0);
  const costs = [sum(({ parameters }) => parameters), sum(({ multiplyAdds }) => multiplyAdds)];
  return costs.map((amount) => (amount === 0 ? '' : shortCount(amount)));
}

/** `layer2` and `1` of `layer2.1`. */
function splitBlock(name: string): [stage: string, block: string] {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** A convolution's label is its row in the paper; its alias (`conv2-0`) is what the labels of its followers name. */
function whatOf({ kind, label, aliases = [] }: ShownNode): string {
  const conv =
    kind === 'conv' ? aliases.find((alias) => /^conv\d+-\d/.test(alias) || /^conv\d$/.test(alias)) : undefined;
  return conv === undefined ? label : `${conv.replace('conv', 'conv ')} (row ${label})`;
}
