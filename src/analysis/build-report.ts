import type { AnalysisOutcome } from './analyze.js';
import type { AnalysisOptions } from './options.js';
import type { EncoderFacts, Report, SetFacts, SetName, Warning } from './result.js';

/** What a report holds beyond the outcome. */
export interface ReportContext {
  /** Version of memgpu. */
  readonly version: string;
  readonly created: Date;
  readonly options: AnalysisOptions;
  readonly f: EncoderFacts;
  readonly g: EncoderFacts | undefined;
  readonly sets: Readonly<Partial<Record<SetName, SetFacts>>>;
  readonly given: boolean;
}

/** report.json's content, pictures still empty. Pure. */
export function buildReport(outcome: AnalysisOutcome, context: ReportContext): Report {
  const { options, f, g } = context;
  const { adapters, batch } = outcome.run;
  return {
    schema: 'memgpu-report/1',
    memgpu: context.version,
    created: context.created.toISOString(),
    mode: options.mode,
    settings: {
      ...options,
      layers: outcome.plan.taps,
      ...(context.given ? { augment: 'given' } : {}),
      views: outcome.plan.views,
      batch,
    },
    adapters,
    encoders: g ? { f, g } : { f },
    sets: context.sets,
    layers: outcome.layers,
    images: outcome.images,
    units: outcome.units,
    timings: { total: outcome.seconds },
    warnings: [...outcome.warnings, ...warningsOfRun(outcome)],
  };
}

function warningsOfRun(outcome: AnalysisOutcome): Warning[] {
  const warnings: Warning[] = [];
  const twice = outcome.run.repeated;
  if (twice > 0) {
    warnings.push({
      code: 'SAME_IMAGE_TWICE',
      value: twice,
      message: `${twice === 1 ? 'One picture stands' : `${twice} pictures stand`} in two sets or twice in one; sets that share images cannot be told apart. Check the selections.`,
    });
  }
  const [adapter] = outcome.run.adapters;
  if (adapter?.kind === 'software') {
    warnings.push({
      code: 'SOFTWARE_ADAPTER',
      value: adapter.name,
      message:
        'Computed on the CPU by a software adapter. The numbers are the same kind of float32 arithmetic; a GPU would only be faster, often a hundredfold.',
    });
  }
  return warnings;
}
