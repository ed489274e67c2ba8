import { imagesPerBatch } from '../src/analysis/batch-size.js';
import { Encoder } from '../src/encoder/encoder.js';
import { allocateWorkspace } from '../src/encoder/workspace.js';
import type { AdapterFacts, Gpu } from '../src/gpu/gpu.js';
import { describeGraph } from '../src/graph/facts.js';
import type { Plan } from '../src/graph/plan.js';
import type { Precision } from '../src/kernels/design.js';
import type { MeasuredTiles } from '../src/kernels/tiles.js';
import { loadMadeUp, type MadeUp } from './made-up.js';
import { numbers } from './numbers.js';
import { best, type Timing, timeInTurn } from './timing.js';

/** How long a process takes to its first features, in milliseconds, by its parts. */
export interface ColdStart {
  /** Node, and the command's code. */
  readonly process: number;
  readonly adapter: number;
  /** Read (not the making up), converted, packed, uploaded. */
  readonly weights: number;
  /** Shaders made and compiled, memory for activations. */
  readonly pipelines: number;
  /** A batch for the first time: drivers put off work until then. */
  readonly firstBatch: number;
}

export interface ModelResult {
  readonly name: string;
  readonly family: string;
  readonly precision: Precision;
  /** Side of its input, in pixels. */
  readonly size: number;
  readonly parameters: number;
  /** Per image. */
  readonly multiplyAdds: number;
  /** Images of a batch. */
  readonly batch: number;
  /** A batch, from the input to the last node. */
  readonly timing: Timing;
  /** By the best clock. */
  readonly imagesPerSecond: number;
  readonly gflops: number;
  readonly coldStart: ColdStart;
  /** Of buffers on the adapter, the most at once, in bytes; a software adapter's are part of the process. */
  readonly gpuBytes: number;
}

/** Multiply-adds of a batch on a CPU: about a second. */
const WORK_ON_CPU = 2 ** 31;
/** Kernels of CPU drivers take eight views at once. */
const LEAST_ON_CPU = 8;
const MOST_IMAGES = 320;

/**
 * Times the forward pass of one encoder, from an adapter that nothing ran on yet.
 * @param start milliseconds that the process and the adapter took
 * @param images of a batch; chosen by costs where left out
 * @param tiles that were measured on the adapter
 * @throws BAD_OPTION where no buffer of the adapter holds so many images
 */
export async function measureModel(
  gpu: Gpu,
  made: MadeUp,
  start: Pick<ColdStart, 'process' | 'adapter'>,
  {
    repeats,
    images,
    tiles = {},
    precision = 'f32',
  }: {
    readonly repeats: number;
    readonly images?: number | undefined;
    readonly tiles?: MeasuredTiles;
    readonly precision?: Precision | undefined;
  },
): Promise<ModelResult> {
  let makingUp = 0;
  const laps = stopwatch();
  const model = await loadMadeUp(made, (ms) => {
    makingUp += ms;
  });
  using encoder = await Encoder.load(gpu, model, { tiles, precision });
  // An empty run ends after the uploads before it.
  await gpu.run(gpu.record());
  const weights = laps() - makingUp;

  const plan = encoder.plan({ taps: [model.graph.nodes.at(-1)!.name] });
  const { parameters, multiplyAdds } = describeGraph(model.graph).totals;
  const batch = images ?? batchFor(plan, multiplyAdds, gpu.facts);
  using workspace = await allocateWorkspace(gpu, plan, batch);
  using forward = await encoder.bind(plan, workspace);
  const pipelines = laps();

  workspace.setCount(batch);
  const recording = gpu.record();
  forward.record(recording, batch);
  const input = numbers(workspace.slots[0]!.bytes / 4);
  laps();
  gpu.write(workspace.slots[0]!, input);
  await gpu.run(recording);
  const firstBatch = laps();

  const [timing] = (await timeInTurn(gpu, [() => gpu.run(recording)], repeats)) as [Timing];
  const imagesPerSecond = (1000 * batch) / best(timing).median;
  return {
    name: made.name,
    family: model.facts.family,
    precision,
    size: made.size,
    parameters,
    multiplyAdds,
    batch,
    timing,
    imagesPerSecond,
    gflops: (2 * multiplyAdds * imagesPerSecond) / 1e9,
    coldStart: { ...start, weights, pipelines, firstBatch },
    gpuBytes: gpu.peakBytes,
  };
}

/** As many images as make a batch long enough to be timed and short enough to be waited for. */
export function batchFor(plan: Plan, multiplyAdds: number, facts: Pick<AdapterFacts, 'kind' | 'limits'>): number {
  const most = imagesPerBatch('auto', MOST_IMAGES, { plan, rows: 1, multiplyAdds }, facts);
  if (facts.kind === 'hardware') return most;
  const wanted = Math.floor(WORK_ON_CPU / multiplyAdds / LEAST_ON_CPU) * LEAST_ON_CPU;
  return imagesPerBatch(Math.max(LEAST_ON_CPU, wanted), MOST_IMAGES, { plan, rows: 1, multiplyAdds }, facts);
}

/** Milliseconds since the last call, or since it was made. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const lap = now - last;
    last = now;
    return lap;
  };
}
