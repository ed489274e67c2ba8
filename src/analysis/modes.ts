import type { Graph } from '../graph/graph.js';
import { predecessors, resolveTaps } from '../graph/taps.js';

/**
 * Sets of defaults: `recommended` is what this project advises; `paper` follows the letter of Wang et al., NeurIPS 2024;
 * `authors-script` computes what their published scripts do where that is defined. What a mode decides and why is in
 * docs/modes.md.
 */
export const MODES = ['recommended', 'paper', 'authors-script'] as const;
export type Mode = (typeof MODES)[number];

/** Values by option. */
type Values = Readonly<Record<string, unknown>>;

/** What a mode says of the options. */
export interface ModeRules {
  /** Defaults that are not the recommended ones. */
  readonly defaults: Values;
  /** Options that it decides, with the values that it allows. */
  readonly fixed: Readonly<Record<string, readonly unknown[]>>;
}

/** Views per image of each published script, by the preset of its augmentations. */
const SCRIPT_VIEWS: Readonly<Record<string, number>> = { 'script-scores': 5, 'script-units': 10 };

/** @param augment the option as it was given, as the two scripts differ in their number of views too */
export function rulesOf(mode: Mode, augment: unknown): ModeRules {
  switch (mode) {
    case 'recommended':
      return { defaults: {}, fixed: {} };
    case 'paper':
      return {
        // Training's own views are meant: those that its tables were measured with are the default.
        defaults: { augment: 'normal' },
        fixed: only({ features: 'raw', pairs: 'all', score: 'ratio', unitRest: 'mean', tokens: 'all' }),
      };
    case 'authors-script': {
      const scripts = Object.keys(SCRIPT_VIEWS);
      const chosen = scripts.find((name) => name === augment) ?? scripts[0]!;
      const decided = {
        features: 'normalized',
        distance: 'l2',
        pairs: 'clean',
        score: 'range',
        unitRest: 'median',
        tokens: 'all',
        views: SCRIPT_VIEWS[chosen],
      };
      return { defaults: { augment: chosen }, fixed: { augment: scripts, ...only(decided) } };
    }
  }
}

function only(values: Values): Record<string, readonly unknown[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}

/** Labels of the rows in the paper's tables: 1 to 8, Res2, conv2-1, max pool, ATT 1, ResBlock FC 1 … */
const PAPER_ROW = /^(\d+|Res\d+|conv\d+(-\d+)?|max pool|average-pool|(ResBlock )?(ATT|FC) \d+)$/;

/** Outputs of the modules that the scripts name: blocks of a ResNet-9, stages of a ResNet, blocks and norm of a ViT. */
const SCRIPT_OUTPUT = /^(prep|layer\d|layer\d_(head|residual\d)|blocks\.\d+\.out|norm)$/;

/**
 * The nodes that are tapped: those that the option `layers` names, else those of the mode. `paper`: the rows of its
 * tables, and for UnitMem what follows each ReLU. Where a mode knows none of a family's nodes they are the family's own.
 * @throws BAD_OPTION as `resolveTaps`
 */
export function tapsOf(
  graph: Graph,
  familys: readonly string[],
  { layers, mode }: { readonly layers: readonly string[] | null; readonly mode: Mode },
): readonly string[] {
  if (layers !== null) return resolveTaps(graph, layers);
  const chosen = graph.nodes.filter(({ name, aliases = [], label, op }) => {
    if (mode === 'paper') return PAPER_ROW.test(label) || op.kind === 'relu';
    return mode === 'authors-script' && [name, ...aliases].some((known) => SCRIPT_OUTPUT.test(known));
  });
  return chosen.length === 0 ? familys : chosen.map(({ name }) => name);
}

/**
 * What Δ of each tap is taken against; null: nothing. In the paper a ReLU has no row: it has no Δ, and the next row's is
 * against the row before it.
 */
export function predecessorsOf(graph: Graph, taps: readonly string[], mode: Mode): ReadonlyMap<string, string | null> {
  if (mode !== 'paper') return predecessors(graph, taps);
  const relus = new Set(graph.nodes.filter(({ op }) => op.kind === 'relu').map(({ name }) => name));
  const rows = predecessors(
    graph,
    taps.filter((tap) => !relus.has(tap)),
  );
  return new Map(taps.map((tap) => [tap, rows.get(tap) ?? null]));
}
