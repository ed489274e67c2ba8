import type { AdapterFacts, KernelTime } from '../src/gpu/gpu.js';
import { textTable } from '../src/report/table.js';
import type { Painter } from '../src/report/terminal.js';
import type { KernelResult, Roofs } from './kernels.js';
import type { Overhead } from './overhead.js';
import type { TensorResult } from './tensors.js';
import { best, type Clock, type Spread } from './timing.js';

export interface BenchReport {
  readonly adapter: AdapterFacts;
  /** Whether the driver bounds every memory access of a shader. */
  readonly robust: boolean;
  readonly clock: Clock;
  readonly repeats: number;
  readonly before: Roofs;
  readonly after: Roofs;
  /** The larger of the two measured roofs, GFLOP/s. */
  readonly roof: number;
  readonly kernels: readonly (KernelResult & { readonly ofRoof: number })[];
  /** What a transformer runs between its products, against the larger of the two copies; empty with --shape. */
  readonly tensors: readonly (TensorResult & { readonly ofCopy: number })[];
  readonly overhead: Overhead | null;
}

const CLOCKS: Record<Clock, string> = {
  gpu: "GFLOP/s by the GPU's clock",
  cpu: 'GFLOP/s by processor time per core, which other work on the machine disturbs least',
  wall: 'GFLOP/s by wall time: the adapter has no usable clock',
};

export function printBench(report: BenchReport, paint: Painter, width: number): string[] {
  const { adapter, robust, clock, before, after, overhead } = report;
  const bounds = robust ? 'memory accesses bounded by the driver' : 'memory accesses not bounded';
  return [
    `${paint.strong(adapter.name)}  ${adapter.driver}; ${bounds}`,
    paint.faint(`${CLOCKS[clock]}; median of ${report.repeats} after a warm-up`),
    '',
    `roof of arithmetic  ${before.fma.rate.toFixed(1)} GFLOP/s before, ${after.fma.rate.toFixed(1)} after`,
    `roof of copying     ${before.copy.rate.toFixed(1)} GB/s before, ${after.copy.rate.toFixed(1)} after`,
    '',
    ...kernelTable(report, width),
    ...(report.tensors.length > 0 ? ['', ...tensorTable(report, width)] : []),
    ...(overhead ? ['', ...overheadLines(overhead, paint, width)] : []),
  ];
}

function kernelTable({ kernels }: BenchReport, width: number): string[] {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'work', align: 'left' as const },
    right('ms'),
    right('from'),
    right('to'),
    right('wall ms'),
    right('GPU ms'),
    right('GFLOP/s'),
    right('of roof'),
    right('compile ms'),
    { title: 'kernel', align: 'left' as const },
  ];
  const rows = kernels.map(({ name, kernel, timing, gflops, ofRoof, compileMs }) => {
    const { median, least, most } = best(timing);
    return [
      name,
      ms(median),
      ms(least),
      ms(most),
      ms(timing.wall.median),
      timing.gpu ? ms(timing.gpu.median) : '–',
      gflops.toFixed(gflops < 100 ? 2 : 0),
      percent(ofRoof),
      compileMs.toFixed(0),
      kernel.split(' ').slice(-2).join(' '),
    ];
  });
  return textTable(columns, rows, Math.max(width, 110));
}

function tensorTable({ tensors }: BenchReport, width: number): string[] {
  const columns = ['read and written once', 'ms', 'from', 'to', 'GB/s', 'of copying', 'compile ms'].map((title, i) => ({
    title,
    align: i === 0 ? ('left' as const) : ('right' as const),
  }));
  const rows = tensors.map(({ name, timing, rate, ofCopy, compileMs }) => {
    const { median, least, most } = best(timing);
    return [name, ms(median), ms(least), ms(most), rate.toFixed(2), percent(ofCopy), compileMs.toFixed(0)];
  });
  return textTable(columns, rows, width);
}

function overheadLines({ images, views, analysis, plain, share, kernels }: Overhead, paint: Painter, width: number) {
  const range = ({ median, least, most }: Spread) => `${ms(median)} ms (${ms(least)}–${ms(most)})`;
  const lines = [
    paint.strong(`Views and metrics cost ${percent(share)} on top of two plain forward passes`),
    `ResNet-9, ${images} images x ${views} views: ${range(best(analysis))} against ${range(best(plain))}`,
  ];
  return kernels ? [...lines, '', ...breakdown(kernels, width)] : lines;
}

function breakdown(kernels: readonly KernelTime[], width: number): string[] {
  const total = kernels.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0);
  const sums = new Map<string, { dispatches: number; nanoseconds: number }>();
  for (const { label, dispatches, nanoseconds } of kernels) {
    const operation = label.split(' ')[0]!;
    const sum = sums.get(operation) ?? { dispatches: 0, nanoseconds: 0 };
    sums.set(operation, { dispatches: sum.dispatches + dispatches, nanoseconds: sum.nanoseconds + nanoseconds });
  }
  const rows = [...sums]
    .sort(([, a], [, b]) => b.nanoseconds - a.nanoseconds)
    .map(([operation, { dispatches, nanoseconds }]) => [
      operation,
      String(dispatches),
      ms(nanoseconds / 1e6),
      percent(nanoseconds / total),
    ]);
  const columns = ['kernels of one batch', 'dispatches', 'GPU ms', 'share'].map((title, i) => ({
    title,
    align: i === 0 ? ('left' as const) : ('right' as const),
  }));
  return textTable(columns, rows, width);
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
