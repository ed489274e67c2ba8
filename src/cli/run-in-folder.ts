/** A run of the command in its output folder: chunks as they are done, then all outputs, or, of a shard, chunks alone. */
import { type AnalysisInput, type AnalysisPlan, measure, setFacts } from '../analysis/analyze.js';
import { CHUNK_IMAGES, chunksOf, chunksOfShard, type Shard } from '../analysis/chunks.js';
import type { AnalysisOptions } from '../analysis/options.js';
import { chunkStore } from '../chunk-file.js';
import { MemgpuError } from '../errors.js';
import type { Gpu } from '../gpu/gpu.js';
import { type AnalysisResult, type AnalyzeOptions, analyze, type Host, type LoadedEncoder } from '../library.js';
import { type MergeableRun, mergeContext } from '../merge.js';
import { chunkNumbers, nodeChunkFiles, nodeSampleFiles } from '../platform/node-chunk-files.js';
import { openRunFolder, type RunFolder, type RunStart } from '../platform/run-folder.js';
import { counted } from '../report/amounts.js';
import { describeRun } from '../run-identity.js';
import { writeSample } from '../sample-file.js';
import type { OpenSources } from './analysis-sources.js';
import type { Interrupt } from './interrupt.js';
import { outputFiles } from './outputs.js';
import { showProgress } from './progress.js';
import type { Terminal } from './terminal.js';

export interface RunFlags {
  readonly out: string;
  readonly pictures: boolean;
}

/** All that a run is made of. */
export interface Job {
  readonly host: Host;
  readonly gpu: Gpu;
  readonly f: LoadedEncoder;
  readonly g: LoadedEncoder | undefined;
  readonly sources: OpenSources;
  readonly options: AnalysisOptions;
  readonly plan: AnalysisPlan;
  readonly flags: RunFlags;
  readonly start: RunStart;
  readonly interrupt: Interrupt;
  readonly terminal: Terminal;
  readonly home: URL;
}

/** Runs the analysis: chunks as they are done, then all outputs, or none. */
export function runInFolder(job: Job): Promise<{ result: AnalysisResult; folder: RunFolder; files: string[] }> {
  const { host, gpu, f, g, sources, options, flags, terminal, home } = job;
  return inFolder(job, async (folder, run, hooks) => {
    const result = await analyze(host, {
      encoder: f,
      ...(g && { reference: g }),
      ...('givenViews' in sources ? { givenViews: sources.givenViews } : { sets: sources.sets }),
      ...options,
      pictures: flags.pictures,
      store: chunkStore(nodeChunkFiles(folder.chunks), run.key, gpu.facts),
      ...hooks,
    });
    noteResumed(terminal, result.resumedChunks);
    const outputs = await outputFiles(result, home);
    if (!('report.html' in outputs)) terminal.detail('No report.html: its view is not built beside this command.');
    gpu.check();
    await folder.finish(outputs);
    return { result, folder, files: Object.keys(outputs) };
  });
}

/** What a shard left behind. */
export interface ShardOutcome {
  readonly out: string;
  readonly shard: Shard;
  readonly chunks: {
    /** Of this shard. */
    readonly shard: number;
    /** Of these, done before. */
    readonly resumed: number;
    /** In the folder now, of all shards. */
    readonly present: number;
    /** Of the whole run. */
    readonly total: number;
  };
}

/** Measures a shard's chunks into the folder, which others may fill at the same time. */
export function runShard(job: Job, shard: Shard): Promise<ShardOutcome> {
  const { gpu, f, g, options, plan, terminal } = job;
  return inFolder(job, async (folder, run, hooks) => {
    const store = chunkStore(nodeChunkFiles(folder.chunks), run.key, gpu.facts);
    const { pass, sample } = await measure({ f, g, input: inputOf(job), options, store, hooks }, plan, shard);
    noteResumed(terminal, pass.resumed);
    gpu.check();
    if (sample) await writeSample(nodeSampleFiles(folder.chunks), run.key, sample);
    const chunks = chunksOf(plan.sizes);
    return {
      out: folder.path,
      shard,
      chunks: {
        shard: chunksOfShard(chunks, shard).length,
        resumed: pass.resumed,
        present: (await chunkNumbers(folder.chunks)).length,
        total: chunks.length,
      },
    };
  });
}

/** What a shard says in the end. */
export function shardLines({ out, shard, chunks }: ShardOutcome): string[] {
  const done = `Shard ${shard.index} of ${shard.count} is done: ${counted(chunks.shard, 'chunk')} in ${out}`;
  return chunks.present < chunks.total
    ? [`${done}, which holds ${chunks.present} of ${chunks.total}.`]
    : [`${done}, which holds all ${chunks.total}. For the report: memgpu merge ${out}`];
}

type Hooks = Required<Pick<AnalyzeOptions, 'onProgress' | 'onSmallerBatch' | 'signal'>>;

async function inFolder<T>(
  job: Job,
  body: (folder: RunFolder, run: MergeableRun, hooks: Hooks) => Promise<T>,
): Promise<T> {
  const { gpu, f, flags, start, interrupt, terminal } = job;
  const run = await describeMergeable(job);
  const folder = await openRunFolder(flags.out, run, start);
  if (start === 'resume' && !folder.goesOn)
    terminal.note(`There is no run to resume in ${flags.out}: a new one starts.`);
  noteSoftware(job);
  const { precision } = f.encoder.design;
  if (precision !== 'f32') terminal.note(`First the error of ${precision} is measured, on the first images.`);
  try {
    using progress = showProgress(terminal, { adapter: gpu.facts.name, cuts: cutsOf(job) });
    return await body(folder, run, {
      onProgress: (at) => progress.update(at),
      onSmallerBatch: (images) => terminal.note(`Out of memory: going on with batches of ${counted(images, 'image')}.`),
      signal: interrupt.signal,
    });
  } catch (error) {
    const chunks = await folder.abandon();
    if (error instanceof MemgpuError && error.code === 'ABORTED' && chunks === 0) {
      throw new MemgpuError('ABORTED', error.message, { hint: NO_CHUNK, cause: error.cause });
    }
    throw error;
  }
}

const NO_CHUNK = `Nothing is kept: the images measured so far were part of a chunk that was not finished (chunks hold ${CHUNK_IMAGES} images).`;

/** Which run this is, with what a merge must know of it. */
async function describeMergeable(job: Job): Promise<MergeableRun> {
  const { gpu, f, g, sources, options, plan } = job;
  const run = await describeRun({ f, g, sources, options, adapter: gpu.facts });
  const context = mergeContext(plan, options, {
    f: f.facts,
    g: g?.facts,
    sets: await setFacts(inputOf(job)),
    given: 'givenViews' in sources,
    notes: { f: f.model.notes, g: g?.model.notes ?? [] },
  });
  return { ...run, context };
}

function inputOf({ sources }: Job): AnalysisInput {
  return 'givenViews' in sources ? { views: sources.givenViews } : { sets: sources.sets };
}

function noteResumed(terminal: Terminal, chunks: number): void {
  if (chunks > 0) terminal.note(`Resumed: ${counted(chunks, 'chunk')} ${chunks === 1 ? 'was' : 'were'} done before.`);
}

/** A run on the CPU is slow; what is printed in the end need not say it again. */
export function noteSoftware({ gpu, terminal }: Pick<Job, 'gpu' | 'terminal'>): void {
  if (gpu.facts.kind !== 'software') return;
  terminal.note(`Computing on the CPU with ${gpu.facts.name}; a GPU would be faster, often a hundredfold.`);
}

/** Which options make a run shorter. The number of layers hardly does. */
function cutsOf({ sources, options, g }: Job): string[] {
  return [
    ...('givenViews' in sources ? [] : [`fewer views (--views, now ${options.views})`]),
    'fewer images (such as DATASET@0-99)',
    ...(g ? ['no --reference (half the time, but no LayerMem)'] : []),
  ];
}
