import type { NodeFacts } from '../graph/facts.js';
import { textTable } from '../report/table.js';
import { count, shortCount } from './amounts.js';

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
  const rows = (fold ? foldBlocks(nodes) : nodes.map((node) => [node])).map(rowOf);
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

/** Runs of nodes for one line each: single nodes, and what repeats the block before it. */
function foldBlocks(nodes: readonly ShownNode[]): ShownNode[][] {
  const blocks: { readonly name: string | null; readonly nodes: ShownNode[] }[] = [];
  for (const node of nodes) {
    const name = blockOf(node);
    const last = blocks.at(-1);
    if (name !== null && last?.name === name) last.nodes.push(node);
    else blocks.push({ name, nodes: [node] });
  }
  const lines: ShownNode[][] = [];
  let before = '';
  for (const { name, nodes: inside } of blocks) {
    const same = name === null ? '' : JSON.stringify(inside.map((node) => signatureOf(node, name)));
    if (same !== '' && same === before) {
      const last = lines.at(-1)!;
      if (last.length > 1) last.push(...inside);
      else lines.push([...inside]);
    } else lines.push(...inside.map((node) => [node]));
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

function rowOf(nodes: readonly ShownNode[]): string[] {
  const [first] = nodes as [ShownNode];
  const sum = (pick: (node: ShownNode) => number) => nodes.reduce((all, node) => all + pick(node), 0);
  const costs = [sum(({ parameters }) => parameters), sum(({ multiplyAdds }) => multiplyAdds)].map((amount) =>
    amount === 0 ? '' : shortCount(amount),
  );
  if (nodes.length === 1) {
    const { tapped, name, shape, units } = first;
    return [`${tapped ? '*' : ' '} ${name}`, whatOf(first), shape.join('×'), units === 0 ? '' : count(units), ...costs];
  }
  const blocks = [...new Set(nodes.map(blockOf))];
  const [from, to] = [blocks[0], blocks.at(-1)];
  const range = blocks.length === 1 ? `${from}.*` : `${from} … ${to!.slice(to!.lastIndexOf('.') + 1)}`;
  const many = blocks.length === 1 ? '' : `, ${blocks.length} times`;
  return [`${nodes.some(({ tapped }) => tapped) ? '*' : ' '} ${range}`, `as before${many}`, '', '', ...costs];
}

/** A convolution's label is its row in the paper; its alias (`conv2-0`) is what the labels of its followers name. */
function whatOf({ kind, label, aliases = [] }: ShownNode): string {
  const conv =
    kind === 'conv' ? aliases.find((alias) => /^conv\d+-\d/.test(alias) || /^conv\d$/.test(alias)) : undefined;
  return conv === undefined ? label : `${conv.replace('conv', 'conv ')} (row ${label})`;
}
