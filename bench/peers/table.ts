import { compareInChromium, type JobResult, type PeersResult, type Row, spreadOf } from './result.js';

/** A result as the Markdown of docs/peers.md. */
export function peersMarkdown(result: PeersResult): string {
  const { date, machine, versions, jobs } = result;
  const adapters = Object.entries(machine.adapters).map(([host, adapter]) => `${host}: ${adapter}`);
  return [
    '# memgpu and what one would use instead',
    '',
    `Measured on ${date.slice(0, 10)} by \`npm run bench:peers\`; numbers of one machine, and of no other.`,
    '',
    `- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}`,
    ...adapters.map((adapter) => `- WebGPU adapter in ${adapter}`),
    `- Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- Other programs used ${loadOf(jobs)} during the runs.`,
    '',
    ...(Object.values(machine.adapters).some((adapter) => /swiftshader/i.test(adapter))
      ? [
          'The adapter emulates a GPU on the CPU: the figures rank kernels on such an adapter, and say nothing of how the ' +
            'programs rank on a GPU. No WebGPU program comes near a CPU library here.',
          '',
        ]
      : []),
    '![Time of each program](peers.svg)',
    '',
    '## memgpu in Chromium against the fastest other WebGPU program there',
    '',
    ...markdownTable(
      ['work', 'memgpu', 'fastest other', 'times as fast', 'by the quickest runs', 'aim'],
      jobs.flatMap((job) => {
        const comparison = compareInChromium(job);
        if (!comparison) return job.target === null ? [] : [[job.title, '–', '–', 'not measured', '–', aim(job, null)]];
        const { ours, best, ratio, quickest } = comparison;
        return [
          [
            job.title,
            median(ours),
            `${best.peer}, ${median(best)}`,
            ratio.toFixed(1),
            quickest.toFixed(1),
            aim(job, ratio),
          ],
        ];
      }),
    ),
    '',
    ...jobs.flatMap(jobSection),
    '## How it was measured',
    '',
    '- Each program has a page or process of its own and makes the network from the same float32 weights, which then stay ' +
      'where it computes. A timed run takes the input from a Float32Array (a NumPy array in Python) and ends when the output ' +
      'lies in one. Each program is given its own layout (memgpu and tfjs: channels last; others: channels first).',
    '- Before anything is timed, each output is compared with a float64 computation by plain loops; a program that is further ' +
      'away than rounding explains is not timed. For a sum of K products 2⁻²⁴·√K of the peak is expected; the sum over ' +
      'layers, four times, is the bound.',
    '- The programs take turns, one run each, one at a time; after a first run below 6 s one more is not counted. ' +
      'n runs: 9, or as many (at least 3) as 40 s hold. Times are medians [least–most].',
    '- "others" are the processor cores that programs outside the benchmark used during a run (median).',
    "- PyTorch and onnxruntime use all cores; PyTorch's threads wait passively (OMP_WAIT_POLICY), as Debian's build has two " +
      'pools of them that otherwise take the cores from each other. ' +
      "memgpu in Node runs as its command does: on software adapters without the driver's bounds checks.",
    "- The analysis takes views that lie ready. The authors' way is the loop of the paper's scripts: for one layer, one image, one " +
      'view at a time, with what lies behind the layer not computed; all compute distances and UnitMem.',
    '',
  ].join('\n');
}

function jobSection(job: JobResult): string[] {
  const ours = job.rows.find((row) => row.ours && row.host === 'Chromium');
  const base = ours && spreadOf(ours.runs).median;
  const rows = [...job.rows].sort((a, b) => spreadOf(a.runs).median - spreadOf(b.runs).median);
  return [
    `## ${job.title}`,
    '',
    `${(job.flops / 1e9).toFixed(2)} GFLOP; largest output ${number(job.peak)}, difference allowed ${job.tolerance.toExponential(1)}.`,
    '',
    ...markdownTable(
      [
        'program',
        'where',
        'ms',
        'n',
        job.unit === null ? 'GFLOP/s' : `${job.unit.replace(/^(\w+)/, '$1s')} per s`,
        'time / memgpu in Chromium',
        'ready in',
        'first run',
        'others',
        'difference',
      ],
      rows.map((row) => [
        row.ours ? `**${row.peer}**` : row.peer,
        `${row.host}, ${row.backend}`,
        range(row),
        String(row.runs.length),
        rate(job, row),
        base === undefined ? '–' : number(spreadOf(row.runs).median / base),
        `${number(row.create)} ms`,
        `${number(row.first)} ms`,
        foreignOf([row]) ?? '–',
        row.difference.toExponential(0),
      ]),
    ),
    '',
    ...job.absent.map(({ peer, reason }) => `- Not measured: ${peer}: ${reason}`),
    ...(job.absent.length > 0 ? [''] : []),
  ];
}

function aim({ target }: JobResult, ratio: number | null): string {
  if (target === null) return '–';
  if (ratio === null) return `${target}`;
  return ratio >= target ? `${target}: met` : `${target}: **missed**`;
}

function rate({ unit, units, flops }: JobResult, { runs }: Row): string {
  const { median: time } = spreadOf(runs);
  return number(unit === null ? flops / time / 1e6 : (units! * 1000) / time);
}

function loadOf(jobs: readonly JobResult[]): string {
  const loads = jobs.flatMap(({ rows }) => rows.flatMap(({ foreign }) => foreign.filter((load) => load !== null)));
  if (loads.length === 0) return 'an unknown part of the processor';
  const { median: middle, most } = spreadOf(loads);
  return `${middle.toFixed(2)} cores (median; at most ${most.toFixed(2)})`;
}

function foreignOf(rows: readonly Row[]): string | null {
  const loads = rows.flatMap(({ foreign }) => foreign.filter((load) => load !== null));
  return loads.length > 0 ? spreadOf(loads).median.toFixed(2) : null;
}

function median({ runs }: Row): string {
  return `${number(spreadOf(runs).median)} ms`;
}

function range({ runs }: Row): string {
  const { median: middle, least, most } = spreadOf(runs);
  return `${number(middle)} [${number(least)}–${number(most)}]`;
}

/** Three digits, as far as they stand before the point. */
export function number(value: number): string {
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)];
}
