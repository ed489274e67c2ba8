import { proxy } from 'comlink';
import type { Report, SetName } from '../analysis/result.js';
import { SET_NAMES } from '../analysis/result.js';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import type { OutputName } from '../outputs.js';
import { parseReport } from '../report/parse-report.js';
import { DEMO, demoFile } from './demo-files.js';
import { placeFor } from './dropped-files.js';
import type { Chosen, EncoderSummary, Engine, RunEvent, RunSettings, SetSummary } from './engine/contract.js';
import { type ErrorFacts, errorFacts } from './engine/errors.js';
import { analysisOptions, DEFAULT_SETTINGS, encoderSettings, faultOf, type Settings } from './settings.js';
import { type Action, type PageState, type Place, type Slot, whatIsMissing } from './state.js';
import { stayAwake } from './stay-awake.js';

/** What the page remembers beside an unfinished run. */
interface Remembered {
  readonly settings: Settings;
  readonly demo: boolean;
}

/** Milliseconds after the last change before a run is planned. */
const PLAN_AFTER = 250;

/** Four times a report of sixty layers with all its pictures; a larger file would keep the page from answering while it is parsed. */
const MOST_REPORT_BYTES = 2 ** 23;

/** What a visitor can do. Each tells the state through `dispatch`; none throws. */
export class Controller {
  readonly #engine: Engine;
  readonly #dispatch: (action: Action) => void;
  readonly #state: () => PageState;
  readonly #chosen = new Map<Place, Chosen>();
  /** How often each place was chosen for. */
  readonly #choices = new Map<Place, number>();
  #planTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts plans, so that one that was overtaken is not shown. */
  #plans = 0;

  constructor(engine: Engine, state: () => PageState, dispatch: (action: Action) => void) {
    this.#engine = engine;
    this.#state = state;
    this.#dispatch = dispatch;
  }

  async start(): Promise<void> {
    await Promise.all([this.#findAdapter(), this.#findUnfinished(), this.#findLast()]);
  }

  /** An encoder or a set of images; null lets go of it. */
  async choose(place: Place, chosen: Chosen | null): Promise<void> {
    this.#dispatch({ do: 'demo', demo: false });
    await this.#choose(place, chosen);
  }

  /** What was dropped beside every field: a report alone opens, else each group goes where it belongs. */
  async drop(dropped: Promise<readonly Chosen[]>): Promise<void> {
    const groups = await dropped.catch((error): readonly Chosen[] => {
      this.failed(error);
      return [];
    });
    const [first, ...others] = groups;
    // A run keeps what it began with.
    if (first === undefined || this.#state().shown.is === 'running') return;
    if (others.length === 0 && /\.json$/i.test(first.name)) return this.open(first.files[0]!.file);
    if (this.#state().shown.is === 'report') this.back();
    await Promise.all(groups.map((chosen) => this.choose(placeFor(chosen, this.#state()), chosen)));
  }

  /** Tells what went wrong beside a run; what was chosen stands. */
  failed(error: unknown): void {
    if (this.#state().shown.is === 'running') return;
    this.#dispatch({ do: 'fail', error: errorFacts(error) });
    this.#planSoon();
  }

  async change(settings: Settings): Promise<void> {
    const before = this.#state().settings;
    this.#dispatch({ do: 'settings', settings });
    // What a setting reads otherwise is read anew.
    const others = [...this.#chosen].filter(([place]) => readAs(place, before) !== readAs(place, settings));
    if (others.length === 0) this.#planSoon();
    else await Promise.all(others.map(([place, chosen]) => this.#choose(place, chosen)));
  }

  async demo(): Promise<void> {
    await this.change({ ...this.#state().settings, parts: {} });
    await this.#takeDemo();
  }

  /** Fetches the demo's files from where the page came from. */
  async #takeDemo(): Promise<void> {
    const before = this.#state();
    for (const [place, name] of DEMO) this.#slot(place, { is: 'reading', name });
    try {
      const files = await Promise.all(DEMO.map(async ([place, name]) => [place, await demoFile(name)] as const));
      const places = DEMO.map(([place]) => place);
      for (const other of SET_NAMES) if (!places.includes(other)) await this.#choose(other, null);
      await Promise.all(
        files.map(([place, file]) => this.#choose(place, { name: file.name, files: [{ path: file.name, file }] })),
      );
      this.#dispatch({ do: 'demo', demo: true });
    } catch (error) {
      // What was chosen before stands as it did.
      for (const [place] of DEMO) this.#slot(place, { ...before.encoders, ...before.sets }[place]);
      this.failed(error);
    }
  }

  async run(): Promise<void> {
    clearTimeout(this.#planTimer);
    this.#plans += 1;
    this.#dispatch({ do: 'start' });
    const awake = await stayAwake();
    try {
      const tell = (event: RunEvent) => this.#dispatch({ do: 'event', event });
      const finished = await this.#engine.run(this.#settings(), proxy(tell));
      this.#dispatch({ do: 'finish', finished });
    } catch (error) {
      const facts = errorFacts(error);
      this.#dispatch({ do: 'fail', error: facts.code === 'ABORTED' ? null : facts });
      // A GPU that is lost again and again is opened anew only when it is asked for.
      if (facts.code !== 'DEVICE_LOST') this.#planSoon();
    } finally {
      awake?.();
      await this.#findUnfinished();
    }
  }

  async cancel(): Promise<void> {
    this.#dispatch({ do: 'cancel' });
    await this.#engine.cancel();
  }

  back(): void {
    this.#dispatch({ do: 'back' });
    this.#planSoon();
  }

  /** Shows a report that was saved before. */
  async open(file: File): Promise<void> {
    try {
      if (file.size > MOST_REPORT_BYTES)
        throw new MemgpuError('BAD_OPTION', `${quoted(file.name)} is too large for a report`, {
          hint: 'Choose a report.json as memgpu analyze writes it.',
        });
      const report: Report = parseReport(await file.text());
      this.#dispatch({ do: 'open', report });
    } catch (error) {
      this.failed(error);
    }
  }

  async save(name: OutputName): Promise<ErrorFacts | null> {
    try {
      const address = URL.createObjectURL(await this.#engine.output(name));
      Object.assign(document.createElement('a'), { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      return null;
    } catch (error) {
      return errorFacts(error);
    }
  }

  /** Takes up the settings of an unfinished run; of the demo also its files, and goes on. */
  async goOn(remembered: unknown): Promise<void> {
    const { settings, demo } = remembered as Remembered;
    await this.change({ ...DEFAULT_SETTINGS, ...settings });
    if (!demo) return;
    await this.#takeDemo();
    if (whatIsMissing(this.#state()) === null) await this.run();
  }

  /** Shows the last report again. */
  reopen(): void {
    this.#dispatch({ do: 'reopen' });
  }

  async forgetLast(): Promise<void> {
    this.#dispatch({ do: 'last', last: null });
    await this.#engine.forgetReport().catch(() => {});
  }

  async forget(key: string): Promise<void> {
    await this.#engine.forget(key).catch(() => {});
    await this.#findUnfinished();
    this.#planSoon();
  }

  async #findAdapter(): Promise<void> {
    try {
      this.#dispatch({ do: 'adapter', adapter: { is: 'found', facts: await this.#engine.adapter() } });
    } catch (error) {
      this.#dispatch({ do: 'adapter', adapter: { is: 'none', error: errorFacts(error) } });
    }
  }

  async #findLast(): Promise<void> {
    const report = await this.#engine.lastReport().catch(() => null);
    if (report) this.#dispatch({ do: 'last', last: { report, finished: null, notes: [] } });
  }

  async #findUnfinished(): Promise<void> {
    // Where nothing is kept there is nothing to go on with.
    const runs = await this.#engine.unfinishedRuns().catch(() => []);
    this.#dispatch({ do: 'unfinished', runs });
  }

  async #choose(place: Place, chosen: Chosen | null): Promise<void> {
    const choice = (this.#choices.get(place) ?? 0) + 1;
    this.#choices.set(place, choice);
    this.#slot(place, chosen ? { is: 'reading', name: chosen.name } : { is: 'empty' });
    // biome-ignore lint/suspicious/noExplicitAny: as in `#slot`
    const slot = await this.#read(place, chosen).then<Slot<any>, Slot<any>>(
      (value) => (chosen === null || value === null ? { is: 'empty' } : { is: 'ready', name: chosen.name, value }),
      (error) => ({ is: 'bad', name: chosen?.name ?? '', error: errorFacts(error) }),
    );
    // A later choice for the same place shows its own outcome.
    if (this.#choices.get(place) !== choice) return;
    this.#slot(place, slot);
    this.#planSoon();
  }

  #read(place: Place, chosen: Chosen | null): Promise<EncoderSummary | SetSummary | null> {
    if (chosen) this.#chosen.set(place, chosen);
    else this.#chosen.delete(place);
    const { settings } = this.#state();
    if (place === 'f' || place === 'g') return this.#engine.setEncoder(place, chosen, encoderSettings(settings));
    return this.#engine.setImages(place, chosen, settings.parts[place]?.trim() ?? '');
  }

  // biome-ignore lint/suspicious/noExplicitAny: which summary a place has is decided by `#read`
  #slot(place: Place, slot: Slot<any>): void {
    if (place === 'f' || place === 'g') this.#dispatch({ do: 'encoder', role: place, slot });
    else this.#dispatch({ do: 'images', set: place as SetName, slot });
  }

  #settings(): RunSettings {
    const { settings, demo } = this.#state();
    const remembered: Remembered = { settings, demo };
    return { analysis: analysisOptions(settings), pictures: settings.pictures, remembered };
  }

  #planSoon(): void {
    clearTimeout(this.#planTimer);
    this.#planTimer = setTimeout(() => this.#plan(), PLAN_AFTER);
  }

  async #plan(): Promise<void> {
    const state = this.#state();
    this.#plans += 1;
    const number = this.#plans;
    if (state.shown.is !== 'inputs' || whatIsMissing(state) !== null || faultOf(state.settings) !== null) return;
    this.#dispatch({ do: 'planning', planning: { is: 'measuring' } });
    const planning = await this.#engine.plan(this.#settings()).then(
      (plan) => plan && ({ is: 'ready', plan } as const),
      (error) => ({ is: 'bad', error: errorFacts(error) }) as const,
    );
    // One that was ended by another choice is followed by the next.
    if (number === this.#plans && planning) this.#dispatch({ do: 'planning', planning });
  }
}

/** The settings that decide what the files of a place come to, as text. */
function readAs(place: Place, settings: Settings): string {
  return place === 'f' || place === 'g' ? JSON.stringify(encoderSettings(settings)) : (settings.parts[place] ?? '');
}
