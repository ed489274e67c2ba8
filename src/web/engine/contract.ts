/** What the page asks of its worker, where files are read and everything is computed. All of it is plain data. */
import type { Progress } from '../../analysis/meter.js';
import type { EncoderFacts, Report, SetName } from '../../analysis/result.js';
import type { AdapterFacts } from '../../gpu/gpu.js';
import type { OutputName } from '../../outputs.js';
import type { ChosenFile } from '../../platform/chosen-files.js';
import type { KeptRunFacts } from '../../platform/opfs-runs.js';
import type { Details } from '../../report/details.js';

/** Files for one purpose. */
export interface Chosen {
  /** Of the folder or the one file; for messages and reports. */
  readonly name: string;
  readonly files: readonly ChosenFile[];
}

export type EncoderRole = 'f' | 'g';

/** What a checkpoint cannot tell, as `loadEncoder` takes it; holds for f and g. */
export type EncoderSettings = Readonly<Record<string, unknown>>;

/** What was recognised of an encoder. */
export interface EncoderSummary {
  readonly facts: EncoderFacts;
  /** Measured unless the settings name others. */
  readonly layers: readonly string[];
  /** What was assumed about it. */
  readonly notes: readonly string[];
}

export interface SetSummary {
  readonly source: string;
  readonly images: number;
  readonly classes: number;
}

export interface RunSettings {
  /** Options of the analysis that differ from their defaults. */
  readonly analysis: Readonly<Record<string, unknown>>;
  readonly pictures: boolean;
  /** What the page wants to find again beside an unfinished run. */
  readonly remembered: unknown;
}

/** A run as it would go. */
export interface RunPlan {
  readonly layers: readonly string[];
  readonly views: number;
  readonly images: number;
  readonly chunks: number;
  /** Of these, the ones that an earlier, interrupted run left here. */
  readonly kept: number;
  /** Of images that are still to be measured. */
  readonly expectedSeconds: number;
}

/** What a run tells while it goes. */
export type RunEvent =
  | { readonly is: 'phase'; readonly text: string }
  | { readonly is: 'progress'; readonly progress: Progress }
  | { readonly is: 'note'; readonly text: string };

export interface Finished {
  readonly report: Report;
  readonly outputs: readonly OutputName[];
}

/** The worker. Whatever fails is thrown as an `Error` with `code` and `hint` of `MemgpuError`. */
export interface Engine extends Omit<Details, 'complete'> {
  /** The adapter that everything is computed on. @throws NO_ADAPTER saying what to do */
  adapter(): Promise<AdapterFacts>;
  /** Reads an encoder and puts it on the GPU, or lets go of it. */
  setEncoder(role: EncoderRole, chosen: Chosen | null, settings: EncoderSettings): Promise<EncoderSummary | null>;
  /** @param part numbers of the images that are meant, such as '0-499'; '' for all */
  setImages(set: SetName, chosen: Chosen | null, part: string): Promise<SetSummary | null>;
  /**
   * Checks everything that was chosen, and times one image.
   * @returns null where a later choice, plan or run ended it
   */
  plan(settings: RunSettings): Promise<RunPlan | null>;
  run(settings: RunSettings, tell: (event: RunEvent) => void): Promise<Finished>;
  /** Ends the run after the batches at hand; `run` then throws ABORTED. */
  cancel(): Promise<void>;
  /** A file of the finished run. */
  output(name: OutputName): Promise<Blob>;
  unfinishedRuns(): Promise<readonly KeptRunFacts[]>;
  forget(key: string): Promise<void>;
  /** Of the last run that was finished in this browser, without its pictures; null where none is kept. */
  lastReport(): Promise<Report | null>;
  forgetReport(): Promise<void>;
}
