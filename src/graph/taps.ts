import { MemgpuError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import type { Graph, GraphNode } from './graph.js';

/**
 * The nodes that patterns name: canonical names in order of execution, each once. A pattern is compared with whole node
 * names and aliases; `*` stands for any run of characters (dots included), `?` for one.
 *
 * @throws BAD_OPTION where a pattern matches no node, naming a near name; or where there is no pattern.
 */
export function resolveTaps(graph: Graph, patterns: readonly string[]): readonly string[] {
  if (patterns.length === 0)
    throw new MemgpuError('BAD_OPTION', 'no node is named', { hint: "Name at least one node, or '*' for all." });
  const found = new Set<GraphNode>();
  for (const pattern of patterns) {
    const regex = globToRegex(pattern);
    const matches = graph.nodes.filter((node) => namesOf(node).some((name) => regex.test(name)));
    if (matches.length === 0) {
      const guess = didYouMean(pattern, graph.nodes.flatMap(namesOf), (name) => `'${name}'`);
      throw new MemgpuError('BAD_OPTION', `'${pattern}' matches no node of this ${graph.family}`, {
        hint: [guess, '`memgpu inspect --verbose` lists all nodes.'].filter(Boolean).join(' '),
      });
    }
    for (const node of matches) found.add(node);
  }
  return graph.nodes.filter((node) => found.has(node)).map(({ name }) => name);
}

/**
 * What Δ of each tap is taken against (metrics: Eq. 4): the node's own `predecessor` where it names one, if tapped;
 * else the last tap on the main path that the node is computed from; else null. The main path leads from the input to
 * the graph's last node, through the first input of every `add`.
 */
export function predecessors(graph: Graph, taps: readonly string[]): ReadonlyMap<string, string | null> {
  const tapped = new Set(taps);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const mainPath = new Set<string>();
  for (let node = graph.nodes.at(-1); node; node = byName.get(node.inputs[0]!)) mainPath.add(node.name);

  const before = (name: string): string | null => {
    const node = byName.get(name);
    if (node?.predecessor !== undefined) return tapped.has(node.predecessor) ? node.predecessor : null;
    for (let at = node && byName.get(node.inputs[0]!); at; at = byName.get(at.inputs[0]!))
      if (tapped.has(at.name) && mainPath.has(at.name)) return at.name;
    return null;
  };
  return new Map(graph.nodes.filter(({ name }) => tapped.has(name)).map(({ name }) => [name, before(name)]));
}

function namesOf({ name, aliases = [] }: GraphNode): readonly string[] {
  return [name, ...aliases];
}

/** `*` stands for any run of characters, `?` for one; whole names are compared. */
export function globToRegex(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  // Runs of stars are one star: nested repetition would take exponential time.
  return new RegExp(`^${escaped.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`);
}
