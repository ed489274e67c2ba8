import type { Op, OpKind, OpOf } from '../graph/graph.js';
import type { Operation } from './operation.js';
import { MAP_OPERATIONS } from './operations/maps.js';
import type { TRANSFORMER_OPERATIONS } from './operations/transformer.js';
import type { WINOGRAD_OPERATIONS } from './operations/winograd.js';

/** In the order in which they are loaded, as far as a graph needs them: a page fetches no kernel that it does not run. */
const TABLES: readonly (() => Promise<Partial<Record<OpKind, unknown>>>)[] = [
  async () => MAP_OPERATIONS,
  async () => (await import('./operations/transformer.js')).TRANSFORMER_OPERATIONS,
  async () => (await import('./operations/winograd.js')).WINOGRAD_OPERATIONS,
];

/** Together they must hold every kind, or no `Op` can be given below. */
type Held = keyof typeof MAP_OPERATIONS | keyof typeof TRANSFORMER_OPERATIONS | keyof typeof WINOGRAD_OPERATIONS;

/** The operation of an op. */
export type Operations = <K extends Held>(op: OpOf<K>) => Operation<OpOf<K>>;

/** The operations of a graph's ops. */
export async function operationsFor(ops: readonly Op[]): Promise<Operations> {
  const table: Partial<Record<OpKind, unknown>> = {};
  for (const load of TABLES) {
    if (ops.every(({ kind }) => kind in table)) break;
    Object.assign(table, await load());
  }
  return (op) => table[op.kind] as Operation<typeof op>;
}
