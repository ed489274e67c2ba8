/** A report made of chunks that others measured: no GPU, no encoder and no image is needed for it. */
import type { AnalysisPlan } from './analysis/analyze.js';
import { buildReport, type ReportContext } from './analysis/build-report.js';
import type { ChunkRecord, ChunkStore } from './analysis/chunk-record.js';
import { type Chunk, chunksOf } from './analysis/chunks.js';
import { type FoldFacts, foldRecords } from './analysis/fold.js';
import { warningsOfMixture } from './analysis/mixture-warnings.js';
import type { AnalysisOptions } from './analysis/options.js';
import { type KeptRecord, keptRecord } from './analysis/pass.js';
import type { PrecisionSample } from './analysis/precision-error.js';
import type { Report, SetName, SetScores } from './analysis/result.js';
import { type ChunkFiles, chunkStore } from './chunk-file.js';
import { MemgpuError } from './errors.js';
import { quoted } from './images/names.js';
import type { Precision } from './kernels/design.js';
import { differences, type RunFile } from './run-identity.js';
import { readSample, type SampleFiles } from './sample-file.js';
import { VERSION } from './version.js';

/** What a report needs of a run beside its chunks: plain data, kept in `run.json`. */
export interface MergeContext {
  readonly options: AnalysisOptions;
  readonly facts: FoldFacts;
  readonly report: Pick<ReportContext, 'f' | 'g' | 'sets' | 'given' | 'notes'>;
}

export interface MergeableRun extends RunFile {
  readonly context: MergeContext;
}

/** The chunks that lie in one place, of a run or of some of its shards. */
export interface RunPart {
  /** For messages: a folder. */
  readonly name: string;
  readonly run: MergeableRun;
  readonly files: ChunkFiles;
  /** Of the chunks that are there. */
  readonly numbers: readonly number[];
  /** Where a sample of the precision may be. */
  readonly sample: SampleFiles;
}

export interface Merged {
  readonly report: Report;
  readonly scores: readonly SetScores[];
  /** Digests of the pictures' pixels, by set and position. */
  readonly pixels: Readonly<Partial<Record<SetName, readonly string[]>>>;
}

export function mergeContext(
  plan: AnalysisPlan,
  options: AnalysisOptions,
  report: MergeContext['report'],
): MergeContext {
  const { layers, wholeNodes, precision, views, compared, classes, reference } = plan;
  return { options, facts: { layers, wholeNodes, precision, views, compared, classes, reference }, report };
}

/**
 * Folds the chunks of one run that lie in one place or in several: the same bits as one process gives that measures all of
 * them.
 * @param parts at least one
 * @param mixed whether chunks of several adapters, drivers or versions of memgpu may stand in one report, which then names
 *   them
 * @throws BAD_OPTION naming what differs between the parts, chunks that are there twice, missing or damaged, and adapters
 *   or versions where they are not to be mixed
 */
export async function mergeRuns(parts: readonly RunPart[], mixed: boolean): Promise<Merged> {
  const [first, ...others] = parts as [RunPart, ...RunPart[]];
  for (const other of others) checkSameRun(first, other);
  const versions = [...new Set([...parts.map(({ run }) => String(run.identity.memgpu)), VERSION])];
  if (versions.length > 1 && !mixed) throw mixture('versions of memgpu', versions);
  const { options, facts, report } = first.run.context;
  const sizes = Object.fromEntries(Object.entries(report.sets).map(([set, { n }]) => [set, n]));
  const chunks = chunksOf(sizes, Number(first.run.identity.chunkImages));
  const records = await readAll(parts, holders(parts, chunks), chunks);
  const sample = facts.precision === 'f32' ? null : await sampleOf(parts, facts.precision);
  const pixels = pixelsBySet(records);
  const started = performance.now();
  const folded = await foldRecords(records, facts, options, sample);
  const adapters = folded.adapters.map(({ name, driver }) => `${name} ${driver}`.trim());
  if (adapters.length > 1 && !mixed) throw mixture('adapters', adapters);
  const made = buildReport(folded, facts, {
    ...report,
    version: VERSION,
    created: new Date(),
    batch: options.batch,
    timings: { total: (performance.now() - started) / 1000 },
    options,
  });
  const warnings = [...made.warnings, ...warningsOfMixture(adapters, versions)];
  return { report: { ...made, warnings }, scores: folded.scores, pixels };
}

/** @throws BAD_OPTION unless both are of one run, whatever versions of memgpu they are of */
function checkSameRun(a: RunPart, b: RunPart): void {
  const { memgpu: _, ...one } = a.run.identity;
  const { memgpu: __, ...other } = b.run.identity;
  const differing = differences(one, other, ['there', 'here']);
  if (differing.length === 0) return;
  throw new MemgpuError(
    'BAD_OPTION',
    `${quoted(b.name)} is of another run than ${quoted(a.name)}: ${differing.join(', ')}`,
    { hint: 'Merge folders of one command alone: the same encoders, images and options.' },
  );
}

/** The part that holds each chunk. @throws BAD_OPTION naming chunks that are there twice, missing, or beyond the run */
function holders(parts: readonly RunPart[], chunks: readonly Chunk[]): ReadonlyMap<number, RunPart> {
  const found = new Map<number, RunPart>();
  for (const part of parts) {
    for (const number of part.numbers) {
      if (number >= chunks.length) {
        throw new MemgpuError(
          'BAD_OPTION',
          `${quoted(part.name)} holds the chunk ${number}, and the run has ${chunks.length}, from 0`,
          { hint: 'Remove that file, or merge another folder.' },
        );
      }
      const other = found.get(number);
      if (other) {
        throw new MemgpuError('BAD_OPTION', `chunk ${number} is in ${quoted(other.name)} and in ${quoted(part.name)}`, {
          hint: 'Shards do not overlap: leave one of the folders out, or remove the file from one.',
        });
      }
      found.set(number, part);
    }
  }
  const missing = chunks.filter(({ number }) => !found.has(number));
  if (missing.length > 0) throw incomplete(missing, chunks.length, 'missing');
  return found;
}

/** In order of the chunks' numbers, with what scores need. @throws BAD_OPTION naming those that are damaged */
async function readAll(
  parts: readonly RunPart[],
  holders: ReadonlyMap<number, RunPart>,
  chunks: readonly Chunk[],
): Promise<KeptRecord[]> {
  const stores = new Map<RunPart, ChunkStore>(
    parts.map((part) => [part, chunkStore(part.files, part.run.key, 'any adapter')]),
  );
  const records: KeptRecord[] = [];
  const damaged: Chunk[] = [];
  for (const chunk of chunks) {
    const store = stores.get(holders.get(chunk.number)!)!;
    const record: ChunkRecord | null = await store.read(chunk);
    if (record) records.push(keptRecord(record, store));
    else damaged.push(chunk);
  }
  if (damaged.length > 0) throw incomplete(damaged, chunks.length, 'damaged, or of another run');
  return records;
}

async function sampleOf(parts: readonly RunPart[], precision: Precision): Promise<PrecisionSample> {
  for (const { sample, run } of parts) {
    const found = await readSample(sample, run.key, precision);
    if (found) return found;
  }
  throw new MemgpuError('BAD_OPTION', `the error of ${precision} was not measured`, {
    hint: 'Shard 0 measures it: run that one again.',
  });
}

function pixelsBySet(records: readonly KeptRecord[]): Merged['pixels'] {
  const pixels: Partial<Record<SetName, string[]>> = {};
  for (const { chunk, pixels: ofChunk } of records) {
    pixels[chunk.set] ??= [];
    pixels[chunk.set]?.push(...ofChunk);
  }
  return pixels;
}

const MOST_NAMED = 8;

function incomplete(chunks: readonly Chunk[], total: number, what: string): MemgpuError {
  const named = chunks
    .slice(0, MOST_NAMED)
    .map(
      ({ number, set, first, count }) =>
        `${number} (${set} ${count === 1 ? first : `${first} to ${first + count - 1}`})`,
    );
  const more = chunks.length > MOST_NAMED ? ` and ${chunks.length - MOST_NAMED} more` : '';
  const one = chunks.length === 1;
  return new MemgpuError(
    'BAD_OPTION',
    `${one ? 'one chunk' : `${chunks.length} chunks`} of ${total} ${one ? 'is' : 'are'} ${what}: ${named.join(', ')}${more}`,
    { hint: 'Run their shards again, or the whole command with --resume: what is done stays.' },
  );
}

function mixture(what: string, names: readonly string[]): MemgpuError {
  return new MemgpuError('BAD_OPTION', `the chunks are of ${names.length} ${what}: ${names.join('; ')}`, {
    hint: 'Their numbers differ in the last bits. Give --mixed-adapters to merge them all the same; the report names them.',
  });
}
