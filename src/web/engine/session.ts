import { type AnalysisInput, type AnalysisPlan, planAnalysis } from '../../analysis/analyze.js';
import { chunksOf } from '../../analysis/chunks.js';
import { estimateRun } from '../../analysis/estimate.js';
import { type AnalysisOptions, resolveOptions } from '../../analysis/options.js';
import { type Report, SET_NAMES, type SetName } from '../../analysis/result.js';
import { type ChunkFiles, chunkStore } from '../../chunk-file.js';
import { MemgpuError } from '../../errors.js';
import type { AdapterFacts, Gpu } from '../../gpu/gpu.js';
import type { IndexedDataset } from '../../images/dataset.js';
import type { Decode } from '../../images/decode.js';
import { withOneDigest } from '../../images/one-digest.js';
import { thumbnail } from '../../images/thumbnail.js';
import { type AnalysisResult, analyze, type LoadedEncoder } from '../../library.js';
import { assertSameArchitecture } from '../../models/same-architecture.js';
import { type OutputName, outputsOf } from '../../outputs.js';
import { chosenImages, imagesNumbered } from '../../platform/chosen-files.js';
import type { KeptRun, KeptRunFacts, KeptRuns } from '../../platform/opfs-runs.js';
import type { Details } from '../../report/details.js';
import type { ViewBundle } from '../../report/html.js';
import { parseReport } from '../../report/parse-report.js';
import { describeRun, type RunFile } from '../../run-identity.js';
import { checkOnce, type PassedChecks } from './check-once.js';
import type {
  Chosen,
  EncoderRole,
  EncoderSettings,
  EncoderSummary,
  Engine,
  Finished,
  RunEvent,
  RunPlan,
  RunSettings,
  SetSummary,
} from './contract.js';
import { throughLosses } from './device-losses.js';
import { Encoders } from './encoders.js';
import { heldFiles } from './held-files.js';
import { outputBlob } from './output-blob.js';
import { scoreDetails } from './score-details.js';

/** What a session needs of its host. */
export interface SessionHost {
  openGpu(): Promise<Gpu>;
  readonly decode: Decode;
  /** Where chunks outlast the page; null where there is no such place. */
  keptRuns(): Promise<KeptRuns | null>;
  /** Where the last finished report outlasts the page. */
  readonly reports: {
    keep(json: string): Promise<void>;
    kept(): Promise<string | null>;
    forget(): Promise<void>;
  };
  readonly checks: PassedChecks;
  /** What report.html carries; null where it cannot be had. */
  view(): Promise<ViewBundle | null>;
}

const NOTHING_KEPT =
  'The browser does not let this page store anything: the run goes on, but after a reload it would start over.';

/** One visitor's encoders, images and run. */
export class Session implements Engine {
  readonly #host: SessionHost;
  readonly #encoders: Encoders;
  readonly #sets = new Map<SetName, IndexedDataset>();
  /** Of the last call that uses the GPU: the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Of the last images that were chosen. */
  #reading: Promise<unknown> = Promise.resolve();
  #planning: AbortController | null = null;
  #running: AbortController | null = null;
  #finished: { readonly result: AnalysisResult; readonly details: Details; readonly kept: KeptRun | null } | null =
    null;

  constructor(host: SessionHost) {
    this.#host = host;
    this.#encoders = new Encoders(() => host.openGpu(), host.decode);
  }

  async adapter(): Promise<AdapterFacts> {
    return (await this.#encoders.gpu()).facts;
  }

  setEncoder(role: EncoderRole, chosen: Chosen | null, settings: EncoderSettings): Promise<EncoderSummary | null> {
    this.#planning?.abort();
    return this.#inTurn(() => this.#encoders.choose(role, chosen && { chosen, settings }));
  }

  /** One after another: of two choices for a set the later one stays, however long each takes. */
  setImages(set: SetName, chosen: Chosen | null, part: string): Promise<SetSummary | null> {
    this.#planning?.abort();
    const done = this.#reading.then(() => this.#setImages(set, chosen, part));
    this.#reading = done.catch(() => {});
    return done;
  }

  async #setImages(set: SetName, chosen: Chosen | null, part: string): Promise<SetSummary | null> {
    await this.#sets.get(set)?.close?.();
    this.#sets.delete(set);
    if (chosen === null) return null;
    const whole = await chosenImages(chosen.name, chosen.files, this.#host.decode);
    const dataset = withOneDigest(part === '' ? whole : await imagesNumbered(whole, part));
    this.#sets.set(set, dataset);
    return { source: dataset.name, images: dataset.length, classes: dataset.classes?.length ?? 0 };
  }

  plan(settings: RunSettings): Promise<RunPlan | null> {
    this.#planning?.abort();
    const planning = new AbortController();
    this.#planning = planning;
    return this.#inTurn(() => this.#plan(settings, planning.signal)).catch((error) => {
      if (planning.signal.aborted) return null;
      throw error;
    });
  }

  async #plan(settings: RunSettings, signal: AbortSignal): Promise<RunPlan> {
    signal.throwIfAborted();
    const { encoders, options, plan } = await this.#planned(settings);
    const images = Object.values(plan.sizes).reduce((sum, size) => sum + size, 0);
    const chunks = chunksOf(plan.sizes).length;
    const kept = await this.#keptChunks(options);
    const { imagesPerSecond } = await estimateRun(encoders, plan, options, { signal, most: 1 });
    const expectedSeconds = (images * (1 - kept / chunks)) / imagesPerSecond;
    return { layers: plan.taps, views: plan.views, images, chunks, kept, expectedSeconds };
  }

  run(settings: RunSettings, tell: (event: RunEvent) => void): Promise<Finished> {
    this.#planning?.abort();
    const running = new AbortController();
    this.#running = running;
    return this.#inTurn(async () => {
      try {
        return await this.#run(settings, tell, running.signal);
      } finally {
        this.#running = null;
      }
    });
  }

  async cancel(): Promise<void> {
    this.#running?.abort(new DOMException('cancelled', 'AbortError'));
  }

  async output(name: OutputName): Promise<Blob> {
    const { result } = this.#result();
    const content = outputsOf(result, await this.#host.view())[name];
    if (content === undefined) throw new MemgpuError('IO', `${name} cannot be made: its view could not be loaded`);
    return outputBlob(name, content());
  }

  async unfinishedRuns(): Promise<KeptRunFacts[]> {
    const runs = await this.#host.keptRuns();
    return (await runs?.list())?.filter(({ finished }) => !finished) ?? [];
  }

  async forget(key: string): Promise<void> {
    await (await this.#host.keptRuns())?.remove(key);
  }

  async lastReport(): Promise<Report | null> {
    const json = await this.#host.reports.kept();
    try {
      return json === null ? null : parseReport(json);
    } catch {
      // Of another version, or cut off.
      return null;
    }
  }

  forgetReport(): Promise<void> {
    return this.#host.reports.forget();
  }

  units: Details['units'] = (node) => this.#result().details.units(node);
  unitImages: Details['unitImages'] = (node, unit, most) => this.#result().details.unitImages(node, unit, most);
  images: Details['images'] = () => this.#result().details.images();
  image: Details['image'] = (position) => this.#result().details.image(position);
  picture: Details['picture'] = (position) => this.#result().details.picture(position);

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(action, action);
    this.#turn = done.catch(() => {});
    return done;
  }

  #result() {
    if (this.#finished) return this.#finished;
    throw new MemgpuError('BAD_OPTION', 'no run has finished here', { hint: 'Run the analysis first.' });
  }

  /** @throws BAD_OPTION where the encoder or images are missing; what `planAnalysis` throws */
  async #planned({ analysis }: RunSettings): Promise<{
    encoders: LoadedEncoder[];
    options: AnalysisOptions;
    plan: AnalysisPlan;
  }> {
    const options = resolveOptions(analysis);
    const f = await this.#encoders.get('f');
    const g = await this.#encoders.get('g');
    if (!f) throw new MemgpuError('BAD_OPTION', 'there is no encoder f', { hint: 'Choose its checkpoint.' });
    if (this.#sets.size === 0)
      throw new MemgpuError('BAD_OPTION', 'there are no images', { hint: 'Choose at least the candidates.' });
    if (g) assertSameArchitecture(f.model, g.model);
    return { encoders: g ? [f, g] : [f], options, plan: planAnalysis({ f, g, input: this.#input(), options }) };
  }

  #input(): Extract<AnalysisInput, { sets: unknown }> {
    return {
      sets: Object.fromEntries(SET_NAMES.flatMap((set) => (this.#sets.has(set) ? [[set, this.#sets.get(set)!]] : []))),
    };
  }

  async #describe(options: AnalysisOptions): Promise<RunFile> {
    const f = (await this.#encoders.get('f'))!;
    const g = await this.#encoders.get('g');
    return describeRun({ f, g, sources: this.#input(), options, adapter: f.encoder.gpu.facts });
  }

  /** Telling which run it is reads every image, so it is done only where there is a run to go on with. */
  async #keptChunks(options: AnalysisOptions): Promise<number> {
    const runs = (await (await this.#host.keptRuns())?.list()) ?? [];
    if (runs.length === 0) return 0;
    const { key } = await this.#describe(options);
    return runs.find((run) => run.key === key)?.chunks ?? 0;
  }

  async #run(settings: RunSettings, tell: (event: RunEvent) => void, signal: AbortSignal): Promise<Finished> {
    await this.#letGo();
    const { options } = await this.#planned(settings);
    tell({ is: 'phase', text: 'Reading the images once, to know this run again' });
    const run = await this.#describe(options);
    const kept = (await (await this.#host.keptRuns())?.open(run, settings.remembered)) ?? null;
    if (!kept) tell({ is: 'note', text: NOTHING_KEPT });
    const files = kept?.files((message) => tell({ is: 'note', text: message })) ?? heldFiles();
    try {
      const result = await this.#measured(run, files, options, settings, tell, signal);
      await kept?.finish();
      await this.#keepReport(result.report);
      this.#finished = { result, details: this.#detailsOf(result, options), kept };
      return {
        report: result.report,
        outputs: Object.keys(outputsOf(result, await this.#host.view())) as OutputName[],
      };
    } catch (error) {
      await kept?.close();
      throw error;
    }
  }

  /** No pixels are kept. */
  #keepReport(report: Report): Promise<void> {
    const images = report.images.map((image) => ({ ...image, picture: null }));
    return this.#host.reports.keep(JSON.stringify({ ...report, images }));
  }

  async #measured(
    run: RunFile,
    files: ChunkFiles,
    options: AnalysisOptions,
    { pictures }: RunSettings,
    tell: (event: RunEvent) => void,
    signal: AbortSignal,
  ): Promise<AnalysisResult> {
    return throughLosses(
      async () => {
        const f = (await this.#encoders.get('f'))!;
        const g = await this.#encoders.get('g');
        const begin = () => tell({ is: 'phase', text: 'Checking that this adapter computes right, once' });
        await checkOnce(f.encoder, options.views, this.#host.checks, begin);
        tell({ is: 'phase', text: 'Preparing the kernels' });
        return analyze(
          { decode: this.#host.decode },
          {
            encoder: f,
            ...(g && { reference: g }),
            ...this.#input(),
            ...options,
            pictures,
            store: chunkStore(files, run.key, f.encoder.gpu.facts),
            onProgress: (progress) => tell({ is: 'progress', progress }),
            onSmallerBatch: (images) =>
              tell({ is: 'note', text: `Out of memory: going on with ${images} images at a time.` }),
            signal,
          },
        );
      },
      (text) => tell({ is: 'note', text }),
    );
  }

  #detailsOf({ scores }: AnalysisResult, { unitRest }: AnalysisOptions): Details {
    const first = scores[0]!;
    const dataset = this.#sets.get(first.set);
    return scoreDetails(first, unitRest, async (position) =>
      dataset ? thumbnail((await dataset.load(position)).picture) : null,
    );
  }

  /** A new run makes the last one's numbers unreachable. */
  async #letGo(): Promise<void> {
    const kept = this.#finished?.kept;
    this.#finished = null;
    await kept?.close();
  }
}
