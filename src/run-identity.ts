import { setFacts } from './analysis/analyze.js';
import { CHUNK_IMAGES } from './analysis/chunks.js';
import type { GivenViews } from './analysis/given-views.js';
import { tapsOf } from './analysis/modes.js';
import type { AnalysisOptions } from './analysis/options.js';
import type { SetName } from './analysis/result.js';
import type { AdapterFacts } from './gpu/gpu.js';
import type { IndexedDataset } from './images/dataset.js';
import type { LoadedEncoder } from './load-encoder.js';
import { sha256 } from './sha256.js';
import { VERSION } from './version.js';

/** What tells a run from others: in Node the content of `run.json`, in a browser an entry beside its chunks. */
export interface RunFile {
  readonly schema: 'memgpu-run/1';
  /** SHA-256 of `identity`. */
  readonly key: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** All that determines the numbers, as nested plain data. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly adapter: unknown;
  /** Names of encoders and images, for people. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Images by set, or views that are ready to be fed. */
export type RunSources =
  | { readonly givenViews: GivenViews }
  | { readonly sets: Readonly<Partial<Record<SetName, IndexedDataset>>> };

export interface RunParts {
  readonly f: LoadedEncoder;
  readonly g: LoadedEncoder | undefined;
  readonly sources: RunSources;
  readonly options: AnalysisOptions;
  readonly adapter: AdapterFacts;
}

/** Which run this is: equal keys mean equal numbers, on one adapter. Reads every image once. @throws IO */
export async function describeRun({ f, g, sources, options, adapter }: RunParts): Promise<RunFile> {
  const { batch: _, layers, augment, views, ...settings } = options;
  const given = 'givenViews' in sources;
  const sets = await setFacts(given ? { views: sources.givenViews } : sources);
  // Options and a config beside the file decide what of the file is computed: the graph holds all that came of it.
  const encoder = ({ facts, preprocessing, model }: LoadedEncoder) => ({
    sha256: facts.sha256,
    ...preprocessing,
    eps: facts.eps,
    ...facts.options,
    graph: digestOf(model.graph),
  });
  const identity = {
    memgpu: VERSION,
    chunkImages: CHUNK_IMAGES,
    settings: {
      ...settings,
      precision: f.encoder.design.precision,
      layers: tapsOf(f.model.graph, f.defaultTaps, options),
      ...(given ? {} : { augment, views }),
    },
    encoders: { f: encoder(f), ...(g && { g: encoder(g) }) },
    sets: Object.fromEntries(Object.entries(sets).map(([set, { n, sha256 }]) => [set, { n, sha256 }])),
  };
  const names = Object.entries(sets).map(([set, { source }]) => [set, source]);
  return {
    schema: 'memgpu-run/1',
    key: digestOf(identity),
    created: new Date().toISOString(),
    identity,
    adapter,
    inputs: { f: f.facts.file, ...(g && { g: g.facts.file }), ...Object.fromEntries(names) },
  };
}

/** The run with a digest of all that it says, so that a file that was cut or changed is told apart. */
export function sealed<T extends RunFile>(run: T): T & { readonly seal: string } {
  return { ...run, seal: digestOf(run) };
}

/** The run that a text holds, or null unless it is as `sealed` made it. */
export function unsealed(text: string): RunFile | null {
  try {
    const { seal, ...run } = JSON.parse(text) as RunFile & { readonly seal: string };
    return run.schema === 'memgpu-run/1' && seal === digestOf(run) ? run : null;
  } catch {
    return null;
  }
}

/**
 * Which values of nested plain data differ, as `name (before, now after)`.
 * @param words that stand before the two values of each
 */
export function differences(
  before: unknown,
  after: unknown,
  words: readonly [before: string, after: string] = ['', 'now'],
  name = '',
): string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(before[key], after[key], words, name === '' ? key : `${name}.${key}`));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const shown = [before, after].map((value, i) =>
    `${words[i]} ${JSON.stringify(value)?.slice(0, 24) ?? 'none'}`.trimStart(),
  );
  return [`${name} (${shown.join(', ')})`];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function digestOf(value: unknown): string {
  return sha256(new TextEncoder().encode(JSON.stringify(value)));
}
