import { render } from 'preact';
import type { Report } from '../../analysis/result.js';
import { MemgpuError } from '../../errors.js';
import type { Details } from '../../report/details.js';
import { parseReport } from '../../report/parse-report.js';
import { ElementView, type Shown } from './element-view.js';
import { loadReport } from './load-report.js';

/** report.css and element.css as one text, put there by the build. */
declare const ELEMENT_STYLE: string;

/** `<memgpu-report>`: shows a report.json, fetched from `src` or given as `report`. */
export interface MemgpuReportElement extends HTMLElement {
  /** The attribute: address of a report.json, relative to the document's; '' for none. */
  src: string;
  /** What is shown, or null. A report or its JSON text that is set goes before `src`; null gives way to `src` again. */
  get report(): Report | null;
  set report(given: Report | string | null);
  /** What is known beyond the report: every unit and image right after a run. Null: what the report lists. */
  details: Details | null;
}

const PROPERTIES = ['src', 'report', 'details'] as const;

/** Makes the element's class: only now, as what it extends is there in browsers alone. */
export function reportElementClass(): new () => MemgpuReportElement {
  let style: CSSStyleSheet | undefined;
  const sheet = () => {
    if (!style) {
      style = new CSSStyleSheet();
      style.replaceSync(ELEMENT_STYLE);
    }
    return style;
  };
  return class extends HTMLElement implements MemgpuReportElement {
    static readonly observedAttributes = ['src'];
    readonly #root = this.attachShadow({ mode: 'open' });
    #given: unknown = null;
    #details: Details | null = null;
    #shown: Shown = { is: 'nothing' };
    #loading: AbortController | null = null;
    #queued = false;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [sheet()];
    }

    get src(): string {
      return this.getAttribute('src') ?? '';
    }

    set src(address: string) {
      this.setAttribute('src', address);
    }

    get report(): Report | null {
      return this.#shown.is === 'report' ? this.#shown.report : null;
    }

    set report(given: Report | string | null) {
      this.#given = given;
      this.#queue();
    }

    get details(): Details | null {
      return this.#details;
    }

    set details(details: Details | null) {
      this.#details = details;
      if (this.#shown.is === 'report') this.#show({ ...this.#shown, details });
    }

    connectedCallback(): void {
      for (const name of PROPERTIES) this.#takeEarly(name);
      if (this.#shown.is === 'report') this.#show(this.#shown);
      else this.#queue();
    }

    disconnectedCallback(): void {
      // An element that is moved leaves and comes at once.
      queueMicrotask(() => {
        if (this.isConnected) return;
        this.#loading?.abort();
        render(null, this.#root);
      });
    }

    attributeChangedCallback(): void {
      if (this.#given === null) this.#queue();
    }

    /** A property set before the class was known hides the accessor. */
    #takeEarly(name: (typeof PROPERTIES)[number]): void {
      if (!Object.hasOwn(this, name)) return;
      const own = this as Record<typeof name, unknown>;
      const value = own[name];
      delete own[name];
      own[name] = value;
    }

    /** Several changes in one turn are one. */
    #queue(): void {
      if (this.#queued) return;
      this.#queued = true;
      queueMicrotask(() => {
        this.#queued = false;
        if (this.isConnected) void this.#update();
      });
    }

    async #update(): Promise<void> {
      this.#loading?.abort();
      this.#loading = new AbortController();
      const { signal } = this.#loading;
      try {
        if (this.#given !== null) this.#showReport(parseReport(this.#given));
        else if (this.src !== '') {
          this.#show({ is: 'loading' });
          const report = await loadReport(this.src, signal);
          if (!signal.aborted) this.#showReport(report);
        } else this.#show({ is: 'nothing' });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof MemgpuError)) throw error;
        this.#fail(error);
      }
    }

    #showReport(report: Report): void {
      this.#show({ is: 'report', report, details: this.#details });
    }

    #fail(error: MemgpuError): void {
      this.#show({ is: 'error', error });
      this.#tell('memgpu-error', { error });
    }

    #show(shown: Shown): void {
      this.#shown = shown;
      if (!this.isConnected) return;
      render(
        <ElementView
          shown={shown}
          told={(report) => this.#tell('memgpu-load', { report })}
          failed={(error) => this.#fail(error)}
        />,
        this.#root,
      );
    }

    #tell(name: string, detail: unknown): void {
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
    }
  };
}
