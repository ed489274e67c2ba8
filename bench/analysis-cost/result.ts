import type { AdapterFacts } from '../../src/gpu/gpu.js';
import { best, clockOf } from '../timing.js';
import type { AnalysisCost } from './measure.js';

/** What was measured; times in ms. */
export interface AnalysisCostResult {
  readonly schema: 'memgpu-analysis-cost/1';
  /** ISO 8601. */
  readonly date: string;
  readonly machine: string;
  readonly adapter: AdapterFacts;
  readonly model: string;
  /** The largest work: measured with more repeats than the others. */
  readonly main: AnalysisCost;
  readonly repeats: { readonly main: number; readonly growth: number };
  /** By images, then views; the last one is the main one. */
  readonly growth: readonly AnalysisCost[];
}

const CLOCKS = { cpu: 'processor time divided by the cores', gpu: "the GPU's clock", wall: 'wall time' } as const;

/** A result as the Markdown of docs/analysis-cost.md. */
export function analysisCostMarkdown({
  date,
  machine,
  adapter,
  model,
  main,
  repeats,
  growth,
}: AnalysisCostResult): string {
  const { least, most } = best(main.analysis);
  return [
    '# What an analysis costs beyond its forward passes',
    '',
    `Measured on ${date.slice(0, 10)} by \`npm run bench:analysis\` on ${machine}; adapter ${adapter.name}. Numbers of one machine, by ${CLOCKS[clockOf(main.analysis)]}.`,
    '',
    `A pair of ${model}, ${main.images} images × ${main.views} views, default layers, ${repeats.main} repeats of both in turn: the whole analysis takes ${seconds(best(main.analysis).median)} s (${seconds(least)} to ${seconds(most)}), the two forward passes alone ${seconds(best(main.plain).median)} s. **Ratio of the medians: ${main.ratio.toFixed(3)}.**`,
    '',
    'The analysis draws and makes the views, runs both encoders with every tap held, reduces each tap, and computes scores with their bootstrap intervals; the forward passes run on views that lie ready, to the last node, in batches of the same size.',
    '',
    '![Time by images and views](analysis-cost.svg)',
    '',
    '| images | views | analysis, s | forward passes, s | ratio |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...growth.map(({ images, views, analysis, plain, ratio }) => {
      const times = [analysis, plain].map((timing) => seconds(best(timing).median));
      return `| ${[images, views, ...times, ratio.toFixed(3)].join(' | ')} |`;
    }),
    '',
    `Medians; repeats of a row: ${repeats.growth}, of the last one ${repeats.main}.`,
    '',
  ].join('\n');
}

export function seconds(ms: number): string {
  return String(Number((ms / 1000).toPrecision(3)));
}
