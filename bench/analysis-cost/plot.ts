import { escapeXml, svg } from '../svg.js';
import { best } from '../timing.js';
import type { AnalysisCost } from './measure.js';
import { type AnalysisCostResult, seconds } from './result.js';

const [WIDTH, HEIGHT] = [560, 340];
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 96, 56, 36];
/** By views, in order; told apart by lightness too. */
const COLOURS = ['#e8a68f', '#cc6246', '#8a2413'];

/** Time over images, a line for each number of views: the analysis solid, its forward passes dashed. */
export function analysisCostPlot({ date, machine, adapter, model, growth }: AnalysisCostResult): string {
  const most = Math.max(...growth.map(({ analysis }) => best(analysis).median));
  const last = Math.max(...growth.map(({ images }) => images));
  const x = (images: number) => LEFT + ((WIDTH - LEFT - RIGHT) * images) / last;
  const y = (ms: number) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * ms) / most;
  const views = [...new Set(growth.map((cost) => cost.views))];
  const line = (costs: readonly AnalysisCost[], key: 'analysis' | 'plain') =>
    costs.map((cost) => `${x(cost.images).toFixed(1)},${y(best(cost[key]).median).toFixed(1)}`).join(' ');
  const lines = views.flatMap((count, v) => {
    const costs = growth.filter((cost) => cost.views === count);
    const style = `fill="none" stroke="${COLOURS[v % COLOURS.length]}" stroke-width="2"`;
    const end = costs.at(-1)!;
    const label = `${count} views ×${end.ratio.toFixed(2)}`;
    return [
      `<polyline points="${line(costs, 'analysis')}" ${style}/>`,
      `<polyline points="${line(costs, 'plain')}" ${style} stroke-dasharray="4 3"/>`,
      `<text x="${x(end.images) + 8}" y="${(y(best(end.analysis).median) + 4).toFixed(1)}">${label}</text>`,
    ];
  });
  const images = [...new Set(growth.map((cost) => cost.images))];
  const subtitle = `${model} pair; ${date.slice(0, 10)}; ${machine}; ${adapter.name}`;
  return svg(WIDTH, HEIGHT, 'Time of an analysis by images and views', [
    '<text x="12" y="20" font-size="13" font-weight="600">Whole analysis (solid) and its two forward passes (dashed)</text>',
    `<text x="12" y="36" fill="#555">${escapeXml(subtitle)}</text>`,
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#555"/>`,
    ...images.map((n) => `<text x="${x(n)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${n}</text>`),
    `<text x="${x(last)}" y="${HEIGHT - 6}" text-anchor="end" fill="#555">images</text>`,
    ...[0, most / 2, most].map(
      (ms) => `<text x="${LEFT - 6}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end">${seconds(ms)} s</text>`,
    ),
    ...lines,
  ]);
}
