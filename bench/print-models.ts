import type { AdapterFacts } from '../src/gpu/gpu.js';
import { textTable, wrap } from '../src/report/table.js';
import type { Painter } from '../src/report/terminal.js';
import { columnsOf, figure, scatter } from './cells.js';
import type { ModelResult } from './forward.js';
import { best } from './timing.js';

/** A model, measured in a process of its own. */
export interface ModelRow extends ModelResult {
  /** Memory of that process at most, in bytes. */
  readonly processBytes: number;
}

/** What `memgpu bench models --json` prints. Times in ms. */
export interface ModelsReport {
  readonly schema: 'memgpu-bench-models/1';
  readonly adapter: AdapterFacts;
  /** Whether the driver bounds every memory access of a shader. */
  readonly robust: boolean;
  readonly repeats: number;
  readonly models: readonly ModelRow[];
}

const MIB = 2 ** 20;

export function printModels({ adapter, repeats, models }: ModelsReport, paint: Painter, width: number): string[] {
  const speed = models.map(({ name, precision, batch, timing, imagesPerSecond, gflops }) => [
    precision === 'f32' ? name : `${name} ${precision}`,
    String(batch),
    figure(best(timing).median),
    scatter(best(timing)),
    figure(timing.wall.median),
    figure(imagesPerSecond),
    figure(gflops),
  ]);
  const start = models.map(({ name, coldStart, gpuBytes, processBytes }) => {
    const { process, adapter: opened, weights, pipelines, firstBatch } = coldStart;
    const parts = [process, opened, weights, pipelines, firstBatch];
    const total = parts.reduce((sum, part) => sum + part, 0);
    return [name, ...[...parts, total].map(figure), figure(gpuBytes / MIB), figure(processBytes / MIB)];
  });
  const faint = (text: string) => wrap(text, width).map((line) => paint.faint(line));
  const clock = adapter.kind === 'software' ? 'processor time per core' : 'wall time';
  return [
    paint.strong(adapter.name),
    ...faint(`forward passes of encoders with made-up weights; ms: median of ${repeats} batches, ${clock}`),
    '',
    ...textTable(columnsOf(['encoder', 'batch', 'ms', '±', 'wall ms', 'images/s', 'GFLOP/s']), speed, width),
    '',
    ...textTable(
      columnsOf(['cold start, ms', 'Node', 'adapter', 'weights', 'compile', 'first', 'sum', 'GPU MiB', 'RSS MiB']),
      start,
      width,
    ),
    ...faint('GPU MiB: buffers on the adapter at most; RSS MiB: the process at most'),
  ];
}
