import { MemgpuError } from '../errors.js';
import type { NodeShape } from '../graph/graph.js';
import { positions } from '../graph/ops.js';
import type { PositionRange } from '../kernels/moments.js';
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
 * @param shapes of the tapped nodes, by name
 * @throws BAD_OPTION where the class token is asked for and a node of tokens has none, naming the node
 */
export function checkTokens(shapes: ReadonlyMap<string, NodeShape>, tokens: Tokens): void {
  if (tokens !== 'class') return;
  const ofTokens = [...shapes].filter(([, shape]) => shape.tokens !== undefined);
  const without = ofTokens.filter(([, { tokens: of }]) => of?.prefix === 0 || of?.registersOnly).map(([node]) => node);
  const [node] = without;
  if (node === undefined) return;
  throw new MemgpuError('BAD_OPTION', `tokens "class": node ${node} has no class token`, {
    hint:
      without.length === ofTokens.length
        ? 'Use tokens "all" or "patches".'
        : 'Leave it out of the layers, or use tokens "all" or "patches".',
  });
}
