/** What a whole analysis costs beside its forward passes, and how that grows. See docs/analysis-cost.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openNodeGpu } from '../../src/platform/node-gpu.js';
import { madeUpResNet9 } from '../made-up.js';
import { best } from '../timing.js';
import { type AnalysisCost, measureAnalysisCost, type Work } from './measure.js';
import { analysisCostPlot } from './plot.js';
import { type AnalysisCostResult, analysisCostMarkdown, seconds } from './result.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '16,32,64' },
    views: { type: 'string', default: '2,5,10' },
    repeats: { type: 'string', default: '5' },
    'growth-repeats': { type: 'string', default: '3' },
    adapter: { type: 'string', default: 'auto' },
    /** A folder for the page, the plot and the numbers. */
    out: { type: 'string', default: 'docs' },
  },
});
const [images, views] = [values.images, values.views].map((list) => list.split(',').map(count)) as [number[], number[]];
const repeats = { main: count(values.repeats), growth: count(values['growth-repeats']) };

await using gpu = await openNodeGpu({ adapter: values.adapter, robust: 'hardware' });
const model = await madeUpResNet9();
const measure = async (work: Work): Promise<AnalysisCost> => {
  const cost = await measureAnalysisCost(gpu, model, work);
  const times = [cost.analysis, cost.plain].map((timing) => seconds(best(timing).median));
  process.stderr.write(
    `${work.images} images × ${work.views} views: ${times.join(' s against ')} s, ratio ${cost.ratio.toFixed(3)}\n`,
  );
  return cost;
};
const works = images.flatMap((n) => views.map((v): Work => ({ images: n, views: v, repeats: repeats.growth })));
const largest = works.pop()!;
const main = await measure({ ...largest, repeats: repeats.main });
const growth: AnalysisCost[] = [];
for (const work of works) growth.push(await measure(work));

const result: AnalysisCostResult = {
  schema: 'memgpu-analysis-cost/1',
  date: new Date().toISOString(),
  machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`,
  adapter: gpu.facts,
  model: 'ResNet-9',
  main,
  repeats,
  growth: [...growth, main],
};
mkdirSync(values.out, { recursive: true });
writeFileSync(`${values.out}/analysis-cost.md`, analysisCostMarkdown(result));
writeFileSync(`${values.out}/analysis-cost.svg`, analysisCostPlot(result));
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${text} is no whole number above 0`);
}
