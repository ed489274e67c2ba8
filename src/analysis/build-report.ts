import { isFrameworkPreset, presetOfTraining } from '../images/presets.js';
import type { Folded, FoldFacts } from './fold.js';
import type { AnalysisOptions } from './options.js';
import { warningOfPrecision } from './precision-warning.js';
import type { EncoderFacts, Report, SetFacts, SetName, Warning } from './result.js';

/** What a report holds beyond the outcome. */
export interface ReportContext {
  /** Version of memgpu. */
  readonly version: string;
  readonly created: Date;
  /** Images per submission in the end, where one process measured all of it; else as the option says. */
  readonly batch: number | 'auto';
  /** Seconds, by phase of the run. */
  readonly timings: Report['timings'];
  readonly options: AnalysisOptions;
  readonly f: EncoderFacts;
  readonly g: EncoderFacts | undefined;
  readonly sets: Readonly<Partial<Record<SetName, SetFacts>>>;
  readonly given: boolean;
  /** What was assumed about the encoders when they were loaded. */
  readonly notes: { readonly f: readonly EncoderNote[]; readonly g: readonly EncoderNote[] };
}

/** Something about an encoder that was assumed, for its user to check. */
export interface EncoderNote {
  readonly code: string;
  readonly message: string;
  /** The number behind it, where there is one. */
  readonly value?: number | string;
}

/** report.json's content, pictures still empty. Pure. @param folded by these facts and options */
export function buildReport(folded: Folded, facts: FoldFacts, context: ReportContext): Report {
  const { options, f, g } = context;
  return {
    schema: 'memgpu-report/1',
    memgpu: context.version,
    created: context.created.toISOString(),
    mode: options.mode,
    settings: {
      ...options,
      layers: facts.layers.map(({ node }) => node),
      ...(context.given ? { augment: 'given' } : {}),
      views: facts.views,
      precision: facts.precision,
      batch: context.batch,
    },
    adapters: folded.adapters,
    encoders: g ? { f, g } : { f },
    sets: context.sets,
    ...(folded.precision && { precision: folded.precision }),
    layers: folded.layers,
    images: folded.images,
    units: folded.units,
    timings: context.timings,
    warnings: [...warningsOfEncoders(context), ...folded.warnings, ...warningsOfRun(folded, facts, options)],
  };
}

/**
 * What to check about the encoders before trusting a number: known before anything is computed.
 *
 * An encoder recognised as one framework's (DINO, MAE, SimCLR …) under another framework's preset warns. The paper's own
 * sets, `none`, given views and a list of operations are somebody's choice and do not.
 */
export function warningsOfEncoders({
  options,
  f,
  g,
  given,
  notes,
}: Pick<ReportContext, 'options' | 'f' | 'g' | 'given' | 'notes'>): Warning[] {
  const warnings: Warning[] = [];
  const { augment } = options;
  const wanted = f.training === undefined ? undefined : presetOfTraining(f.training);
  if (!given && typeof augment === 'string' && isFrameworkPreset(augment) && wanted !== undefined && wanted !== augment)
    warnings.push({
      code: 'VIEWS_NOT_OF_TRAINING',
      value: augment,
      message: `f was trained by ${f.training}, on other views than those of ${augment}: alignments say less about what it remembers. Use --augment ${wanted}.`,
    });
  const same = (a: EncoderNote) => (b: EncoderNote) => a.code === b.code && a.message === b.message;
  for (const note of notes.f) {
    const of = g === undefined ? '' : notes.g.some(same(note)) ? 'f and g: ' : 'f: ';
    warnings.push({ code: note.code, value: note.value ?? null, message: `${of}${note.message}` });
  }
  for (const note of notes.g)
    if (!notes.f.some(same(note)))
      warnings.push({ code: note.code, value: note.value ?? null, message: `g: ${note.message}` });
  return warnings;
}

function warningsOfRun(folded: Folded, { wholeNodes }: FoldFacts, { tokens }: AnalysisOptions): Warning[] {
  const warnings: Warning[] = [];
  const twice = folded.repeated;
  if (twice > 0) {
    warnings.push({
      code: 'SAME_IMAGE_TWICE',
      value: twice,
      message: `${twice === 1 ? 'One picture stands' : `${twice} pictures stand`} in two sets or twice in one; sets that share images cannot be told apart. Check the selections.`,
    });
  }
  if (tokens !== 'all' && wholeNodes !== '') {
    warnings.push({
      code: 'TOKENS_OF_SOME',
      value: tokens,
      message: `The option tokens, ${tokens}, chooses among positions that are tokens; the other layers were measured whole (${wholeNodes}).`,
    });
  }
  const coarse = folded.precision && warningOfPrecision(folded.precision, folded.layers);
  if (coarse) warnings.push(coarse);
  const [adapter] = folded.adapters;
  if (adapter?.kind === 'software') {
    warnings.push({
      code: 'SOFTWARE_ADAPTER',
      value: adapter.name,
      message:
        'Computed on the CPU by a software adapter. The numbers are the same kind of float32 arithmetic; nothing need be done. A GPU would only be faster, often a hundredfold.',
    });
  }
  return warnings;
}
