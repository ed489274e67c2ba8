import { type AnalyzedEncoder, planAnalysis, runAnalysis } from '../../src/analysis/analyze.js';
import { resolveOptions } from '../../src/analysis/options.js';
import { Encoder } from '../../src/encoder/encoder.js';
import { allocateWorkspace } from '../../src/encoder/workspace.js';
import type { Gpu } from '../../src/gpu/gpu.js';
import type { Model } from '../../src/models/load.js';
import { numbers } from '../numbers.js';
import { madeUpImages } from '../overhead.js';
import { best, type Timing, timeInTurn } from '../timing.js';

/** A whole analysis of a pair beside its two forward passes alone, over the same images and views. */
export interface AnalysisCost {
  readonly images: number;
  readonly views: number;
  /** Views, forward passes, statistics, scores, intervals: everything but opening files and writing a report. */
  readonly analysis: Timing;
  /** f and g over views that lie ready, to the last node, in batches of the same size. */
  readonly plain: Timing;
  /** Of the medians by the best clock. */
  readonly ratio: number;
}

export interface Work {
  readonly images: number;
  readonly views: number;
  /** Of both, in turn, after one of each to warm up. */
  readonly repeats: number;
}

/** Measures a model against itself, with its default layers. */
export async function measureAnalysisCost(gpu: Gpu, model: Model, work: Work): Promise<AnalysisCost> {
  const { images, views, repeats } = work;
  using encoderF = await Encoder.load(gpu, model);
  using encoderG = await Encoder.load(gpu, model);
  const [f, g] = [encoderF, encoderG].map((encoder, i) => analyzed(encoder, model, `${i}`)) as [
    AnalyzedEncoder,
    AnalyzedEncoder,
  ];
  const candidates = await madeUpImages(images, model.preprocessing.size);
  const request = { f, g, input: { sets: { candidates } }, options: resolveOptions({ views }) };

  const { batch } = planAnalysis(request);
  const plan = encoderF.plan({ taps: [model.graph.nodes.at(-1)!.name] });
  using workspace = await allocateWorkspace(gpu, plan, batch * views);
  gpu.write(workspace.slots[0]!, numbers(workspace.slots[0]!.bytes / 4));
  using plainF = await encoderF.bind(plan, workspace);
  using plainG = await encoderG.bind(plan, workspace);
  const recordings = new Map<number, ReturnType<Gpu['record']>>();
  const recordingOf = (rows: number) => {
    const known = recordings.get(rows) ?? gpu.record();
    if (!recordings.has(rows)) for (const forward of [plainF, plainG]) forward.record(known, rows);
    recordings.set(rows, known);
    return known;
  };
  const plainly = async () => {
    for (let first = 0; first < images; first += batch) {
      const rows = Math.min(batch, images - first) * views;
      workspace.setCount(rows);
      await gpu.run(recordingOf(rows));
    }
  };
  const [analysis, plain] = (await timeInTurn(gpu, [() => runAnalysis(request), plainly], repeats)) as [Timing, Timing];
  return { images, views, analysis, plain, ratio: best(analysis).median / best(plain).median };
}

function analyzed(encoder: Encoder, { preprocessing, defaultTaps, facts }: Model, sha256: string): AnalyzedEncoder {
  return { encoder, defaultTaps, preprocessing, facts: { file: 'made up', sha256, preprocessing, ...facts } };
}
