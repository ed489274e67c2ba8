import { expect, test } from 'vitest';
import { analysisCostPlot } from '../../bench/analysis-cost/plot.js';
import { type AnalysisCostResult, analysisCostMarkdown } from '../../bench/analysis-cost/result.js';
import { exampleReport } from '../report/example.js';

/** Time in proportion to images and views, an analysis 1.1 times its forward passes. */
function cost(images: number, views: number) {
  const timing = (ms: number) => {
    const cpu = { median: ms, least: 0.9 * ms, most: 1.1 * ms };
    return { wall: { median: 3 * ms, least: ms, most: 9 * ms }, cpu, gpu: null };
  };
  const plain = 10 * images * views;
  return { images, views, analysis: timing(1.1 * plain), plain: timing(plain), ratio: 1.1 };
}

const growth = [16, 32, 64].flatMap((images) => [2, 5, 10].map((views) => cost(images, views)));
const result: AnalysisCostResult = {
  schema: 'memgpu-analysis-cost/1',
  date: '2026-01-02T03:04:05.000Z',
  machine: 'CPU & <cores>',
  adapter: exampleReport().adapters[0]!,
  model: 'ResNet-9',
  main: growth.at(-1)!,
  repeats: { main: 5, growth: 3 },
  growth,
};

test('the page leads with the largest work, by the clock that other programs disturb least', () => {
  const page = analysisCostMarkdown(result);
  expect(page).toContain('takes 7.04 s (6.34 to 7.74), the two forward passes alone 6.4 s');
  expect(page).toContain('**Ratio of the medians: 1.100.**');
  expect(page).toContain('processor time divided by the cores');
  expect(page.match(/^\| \d/gm)).toHaveLength(9);
  expect(page).toContain('| 16 | 2 | 0.352 | 0.32 | 1.100 |');
});

test('the plot has two lines for each number of views; in proportion they are straight through the origin', () => {
  const plot = analysisCostPlot(result);
  const lines = [...plot.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) =>
    points!.split(' ').map((point) => point.split(',').map(Number) as [number, number]),
  );
  expect(lines).toHaveLength(6);
  const [originX, originY] = [56, 340 - 36];
  for (const points of lines) {
    expect(points).toHaveLength(3);
    const slopes = points.map(([x, y]) => (originY - y) / (x - originX));
    for (const slope of slopes) expect(Math.abs(slope - slopes[2]!)).toBeLessThan(0.1 / (points[0]![0] - originX));
  }
  expect(plot).toContain('CPU &amp; &lt;cores&gt;');
  expect(plot).not.toMatch(/NaN|undefined|Infinity/);
});
