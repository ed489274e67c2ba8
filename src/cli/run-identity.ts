import { setFacts } from '../analysis/analyze.js';
import { CHUNK_IMAGES } from '../analysis/chunks.js';
import type { AnalysisOptions } from '../analysis/options.js';
import type { AdapterFacts } from '../gpu/gpu.js';
import { resolveTaps } from '../graph/taps.js';
import type { LoadedEncoder } from '../library.js';
import type { RunFile } from '../platform/run-folder.js';
import { sha256 } from '../sha256.js';
import { VERSION } from '../version.js';
import type { OpenSources } from './analysis-sources.js';

export interface RunParts {
  readonly f: LoadedEncoder;
  readonly g: LoadedEncoder | undefined;
  readonly sources: OpenSources;
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
      layers: layers === null ? f.defaultTaps : resolveTaps(f.model.graph, layers),
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
