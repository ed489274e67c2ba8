import { MemgpuError } from '../errors.js';
import type { Graph, NodeShape } from '../graph/graph.js';
import { positions } from '../graph/ops.js';
import type { PositionRange } from '../kernels/moments.js';
import { foldNodes } from './fold-nodes.js';
import type { AnalysisOptions } from './options.js';

type Tokens = AnalysisOptions['tokens'];

/** The positions of a node that an analysis reads: all of them, or some of its tokens. */
export interface ReadPositions {
  readonly positions: number;
  readonly range?: PositionRange;
}

/**
 * The positions that the option `tokens` leaves of a node: the class token (the first), the patches (those after class
 * token and registers), or all. Nodes whose positions are no tokens (maps, flat values, attention maps) keep theirs.
 */
export function readPositions(shape: NodeShape, tokens: Tokens): ReadPositions {
  const stored = positions(shape);
  const prefix = shape.tokens?.prefix;
  if (prefix === undefined || tokens === 'all') return { positions: stored };
  if (tokens === 'class') return { positions: 1, range: { stored, offset: 0 } };
  return { positions: stored - prefix, range: { stored, offset: prefix } };
}

/**
 * @param shapes of all nodes of the graph, by name
 * @throws BAD_OPTION where the option chooses among positions and no tapped node has any to choose from, saying why; where
 *   the class token is asked for and a node of tokens has none, naming the node
 */
export function checkTokens(
  { family }: Pick<Graph, 'family'>,
  shapes: ReadonlyMap<string, NodeShape>,
  taps: readonly string[],
  tokens: Tokens,
): void {
  if (tokens === 'all') return;
  const ofTokens = taps.filter((node) => shapes.get(node)!.tokens !== undefined);
  if (ofTokens.length === 0) throw nothingToChoose(family, shapes, taps, tokens);
  if (tokens === 'patches') return;
  const without = ofTokens.filter((node) => !hasClassToken(shapes.get(node)!));
  const [node] = without;
  if (node === undefined) return;
  throw new MemgpuError('BAD_OPTION', `tokens "class": node ${node} has no class token`, {
    hint:
      without.length === ofTokens.length
        ? 'Use tokens "all" or "patches".'
        : 'Leave it out of the layers, or use tokens "all" or "patches".',
  });
}

function hasClassToken({ tokens }: NodeShape): boolean {
  return tokens !== undefined && tokens.prefix > 0 && !tokens.registersOnly;
}

function nothingToChoose(
  family: string,
  shapes: ReadonlyMap<string, NodeShape>,
  taps: readonly string[],
  tokens: Tokens,
): MemgpuError {
  const others = [...shapes].filter(([, shape]) => (tokens === 'class' ? hasClassToken(shape) : shape.tokens));
  const example = others.at(-1)?.[0];
  if (example === undefined) {
    return new MemgpuError('BAD_OPTION', `tokens "${tokens}" says nothing about a ${family}: it has no such tokens`, {
      hint: 'Leave it out.',
    });
  }
  return new MemgpuError(
    'BAD_OPTION',
    `tokens "${tokens}": of the layers none has tokens to choose from: ${wholeNodes(shapes, taps)}`,
    { hint: `Leave the option out, or add a layer of tokens, such as ${example}.` },
  );
}

/** The tapped nodes that the option leaves as they are, in words; '' where there are none. */
export function wholeNodes(shapes: ReadonlyMap<string, NodeShape>, taps: readonly string[]): string {
  const kept = taps.filter((node) => shapes.get(node)!.tokens === undefined);
  const kinds = [
    ['all tokens', kept.filter((node) => shapes.get(node)!.attention)],
    ['all there is', kept.filter((node) => !shapes.get(node)!.attention)],
  ] as const;
  return kinds.flatMap(([what, nodes]) => (nodes.length === 0 ? [] : [`${foldNodes(nodes)}: ${what}`])).join('; ');
}
