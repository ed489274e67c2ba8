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

function digestOf(value: unknown): string {
  return sha256(new TextEncoder().encode(JSON.stringify(value)));
}
