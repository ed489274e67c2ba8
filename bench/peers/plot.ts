import { escapeXml, svg } from '../svg.js';
import { type JobResult, type PeersResult, type Row, spreadOf } from './result.js';
import { number } from './table.js';

const WIDTH = 760;
const LABELS = 250;
const VALUES = 70;
const BAR = 14;
const GAP = 4;
const TITLE = 30;
const TOP = 50;
const BAR_WIDTH = WIDTH - LABELS - VALUES - 16;

/** By what a row is: ours, another's WebGPU, a CPU library. Told apart by lightness too. */
const COLOURS = { ours: '#b3361f', webgpu: '#6c8ebf', cpu: '#c9c9c9' } as const;

/** The medians of a result as bars on a logarithmic axis, a panel for each job: an SVG that stands on its own. */
export function peersPlot({ date, machine, jobs }: PeersResult): string {
  const shown = jobs.filter(({ rows }) => rows.length > 0);
  let y = TOP;
  const panels = shown.map((job) => {
    const panel = drawPanel(job, y);
    y += TITLE + job.rows.length * (BAR + GAP) + GAP;
    return panel;
  });
  const height = y + 8;
  const adapter = machine.adapters.Chromium ?? 'none';
  return svg(WIDTH, height, 'Time of each program by job', [
    `<text x="12" y="20" font-size="13" font-weight="600">Median time of a run, logarithmic: shorter is better</text>`,
    `<text x="12" y="36" fill="#555">${escapeXml(`${date.slice(0, 10)}; ${machine.cpu}, ${machine.cores} cores; ${adapter}`)}</text>`,
    ...panels,
  ]);
}

function drawPanel({ title, rows }: JobResult, top: number): string {
  const medians = rows.map(({ runs }) => spreadOf(runs).median);
  const low = 10 ** Math.floor(Math.log10(Math.min(...medians)) - 0.01);
  const high = Math.max(...medians);
  const length = (time: number) => (BAR_WIDTH * Math.log(time / low)) / Math.log(high / low);
  const sorted = [...rows].sort((a, b) => spreadOf(a.runs).median - spreadOf(b.runs).median);
  const bars = sorted.map((row, i) => {
    const y = top + TITLE - 8 + i * (BAR + GAP);
    const { median } = spreadOf(row.runs);
    const width = Math.max(1, length(median)).toFixed(1);
    const baseline = y + BAR - 3;
    const end = (LABELS + Number(width) + 5).toFixed(1);
    const weight = row.ours ? ' font-weight="600"' : '';
    const label = `${row.peer.replace(/, the authors' way:.*/, ", the authors' way")} · ${row.host} ${row.backend}`;
    return [
      `<text x="${LABELS - 6}" y="${baseline}" text-anchor="end"${weight}>${escapeXml(label)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${width}" height="${BAR}" fill="${colourOf(row)}"/>`,
      `<text x="${end}" y="${baseline}"${weight}>${number(median)} ms</text>`,
    ].join('');
  });
  return [`<text x="12" y="${top + 12}" font-weight="600">${escapeXml(title)}</text>`, ...bars].join('\n');
}

function colourOf({ ours, backend }: Row): string {
  if (ours) return COLOURS.ours;
  return backend === 'WebGPU' ? COLOURS.webgpu : COLOURS.cpu;
}
