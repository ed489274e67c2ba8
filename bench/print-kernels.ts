import type { AdapterFacts, KernelTime } from '../src/gpu/gpu.js';
import { textTable, wrap } from '../src/report/table.js';
import type { Painter } from '../src/report/terminal.js';
import type { Comparison, KERNELS_SCHEMA } from './baseline.js';
import type { CaseResult } from './case.js';
import { columnsOf, figure, percent, range, scatter } from './cells.js';
import type { Costs } from './costs.js';
import type { Overhead } from './overhead.js';
import type { Attained, Roofs } from './roofline.js';
import type { MeasuredRoofs } from './roofs.js';
import { best, type Clock, type Spread } from './timing.js';

export type KernelRow = CaseResult & Attained & { readonly clock: Clock };

/** What `memgpu bench kernels --json` prints. Times in ms, rates in GFLOP/s and GB/s, costs in µs. */
export interface KernelsReport {
  readonly schema: typeof KERNELS_SCHEMA;
  readonly adapter: AdapterFacts;
  /** Whether the driver bounds every memory access of a shader. */
  readonly robust: boolean;
  readonly repeats: number;
  readonly before: MeasuredRoofs;
  readonly after: MeasuredRoofs;
  /** The larger of the two measurements each. */
  readonly roofs: Roofs;
  readonly costs: Costs;
  readonly kernels: readonly KernelRow[];
  /** Null where --shape or --only choose kernels. */
  readonly overhead: Overhead | null;
  /** Null without --baseline. */
  readonly comparison: (Comparison & { readonly file: string }) | null;
}

const CLOCK_TITLES: Readonly<Record<Clock, string>> = {
  gpu: "by the GPU's clock",
  cpu: 'by processor time per core, which other work on the machine disturbs least',
  wall: 'by wall time: the adapter has no usable clock',
};

/** From this width on a table has room for every figure. */
const WIDE = 110;

export function printKernels(report: KernelsReport, paint: Painter, width: number): string[] {
  const { adapter, robust, repeats, kernels, overhead, comparison, before } = report;
  const bounds = robust ? 'memory accesses bounded by the driver' : 'memory accesses not bounded';
  const clock = kernels[0]?.clock ?? (before.arithmetic.timing.cpu ? 'cpu' : 'wall');
  const faint = (text: string) => wrap(text, width).map((line) => paint.faint(line));
  return [
    paint.strong(adapter.name),
    ...faint(`${adapter.driver}; ${bounds}`),
    ...faint(`ms: median of ${repeats} after a warm-up, ${CLOCK_TITLES[clock]}; ±: (most − least) / median`),
    '',
    ...roofLines(report, width),
    '',
    ...(width < WIDE ? narrowTable(kernels, width) : wideTable(kernels, width)),
    ...(comparison ? ['', ...comparisonLines(comparison, paint, width)] : []),
    ...(overhead ? ['', ...overheadLines(overhead, paint, width)] : []),
  ];
}

function roofLines({ before, after, roofs, costs }: KernelsReport, width: number): string[] {
  const line = (name: string, text: string) => wrap(`${name.padEnd(20, '\u00a0')}${text}`, width, ' '.repeat(20));
  const both = (roof: keyof MeasuredRoofs, unit: string) =>
    `${figure(before[roof].rate)}\u00a0${unit} before, ${figure(after[roof].rate)} after`;
  const cost = ({ least }: Spread) => `${figure(least)}\u00a0µs`;
  return [
    ...line('roof of arithmetic', both('arithmetic', 'GFLOP/s')),
    ...line(
      'roof of memory',
      `${both('memory', 'GB/s')}: binds below ${figure(roofs.arithmetic / roofs.memory)} operations a byte`,
    ),
    ...line('workgroup memory', both('workgroup', 'GB/s')),
    ...line(
      'costs at best',
      `dispatch ${cost(costs.dispatch)}, workgroup ${cost(costs.workgroup)}, submit ${cost(costs.submit)}, ` +
        `with a readback ${cost(costs.readback)}; reading back ${figure(costs.readbackRate.most)}\u00a0GB/s`,
    ),
  ].map((text) => text.replaceAll('\u00a0', ' '));
}

/** The rate is the one that its roof counts. */
function narrowTable(kernels: readonly KernelRow[], width: number): string[] {
  const rows = kernels.map(({ name, timing, gflops, gbs, roof, ofRoof }) => {
    const spread = best(timing);
    const rate = roof === 'arithmetic' ? `${figure(gflops)} GFLOP/s` : `${figure(gbs)} GB/s   `;
    return [name, figure(spread.median), scatter(spread), figure(timing.wall.median), rate, percent(ofRoof)];
  });
  return textTable(columnsOf(['work', 'ms', '±', 'wall ms', 'rate', 'of roof']), rows, width);
}

function wideTable(kernels: readonly KernelRow[], width: number): string[] {
  const titles = ['work', 'ms', '±', 'GPU ms', 'wall ms', 'GFLOP/s', 'GB/s', 'roof', 'of roof', 'compile ms'];
  const rows = kernels.map(({ name, timing, gflops, gbs, roof, ofRoof, compileMs }) => {
    const spread = best(timing);
    return [
      name,
      figure(spread.median),
      scatter(spread),
      timing.gpu ? figure(timing.gpu.median) : '–',
      figure(timing.wall.median),
      figure(gflops),
      figure(gbs),
      roof,
      percent(ofRoof),
      figure(compileMs),
    ];
  });
  return textTable(columnsOf(titles, ['roof']), rows, width);
}

function comparisonLines(
  { rows, added, otherDriver, file, roofs }: NonNullable<KernelsReport['comparison']>,
  paint: Painter,
  width: number,
) {
  const outside = rows.filter((row) => row.outside);
  const cells = rows.map(({ name, before, now, ratio, outside }) => [
    name,
    figure(before),
    figure(now),
    ratio.toFixed(2),
    outside ? (ratio > 1 ? 'slower' : 'faster') : '',
  ]);
  const columns = columnsOf(['against the baseline', 'before ms', 'now ms', 'ratio', 'changed'], ['changed']);
  return [
    ...wrap(
      `${file}: ${outside.length} of ${rows.length} rows changed beyond both spreads` +
        `${added.length > 0 ? `; ${added.length} are new` : ''}${otherDriver ? '; its driver was another version' : ''}; ` +
        `the roofs themselves: arithmetic × ${roofs.arithmetic.toFixed(2)}, memory × ${roofs.memory.toFixed(2)}`,
      width,
    ).map((line) => paint.strong(line)),
    ...textTable(columns, cells, width),
  ];
}

function overheadLines(overhead: Overhead, paint: Painter, width: number): string[] {
  const { images, views, analysis, plain, share, kernels } = overhead;
  return [
    paint.strong(`Views and metrics cost ${percent(share)} on top of two plain forward passes`),
    ...wrap(
      `ResNet-9, ${images} images x ${views} views: ${range(best(analysis), 'ms')} against ${range(best(plain), 'ms')}`,
      width,
    ),
    ...(kernels ? ['', ...breakdown(kernels, width)] : []),
  ];
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
      figure(nanoseconds / 1e6),
      percent(nanoseconds / total),
    ]);
  return textTable(columnsOf(['kernels of one batch', 'dispatches', 'GPU ms', 'share']), rows, width);
}
