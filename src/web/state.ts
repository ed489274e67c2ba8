/** What the page shows, as plain data, and how it changes. Pure. */
import type { Progress } from '../analysis/meter.js';
import { type Report, SET_NAMES, type SetName } from '../analysis/result.js';
import type { AdapterFacts } from '../gpu/gpu.js';
import type { KeptRunFacts } from '../platform/opfs-runs.js';
import type { EncoderRole, EncoderSummary, Finished, RunEvent, RunPlan, SetSummary } from './engine/contract.js';
import type { ErrorFacts } from './engine/errors.js';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';

/** A place for a choice of the visitor's. */
export type Slot<T> =
  | { readonly is: 'empty' }
  | { readonly is: 'reading'; readonly name: string }
  | { readonly is: 'ready'; readonly name: string; readonly value: T }
  | { readonly is: 'bad'; readonly name: string; readonly error: ErrorFacts };

export type Place = EncoderRole | SetName;

export type Planning =
  | { readonly is: 'none' }
  | { readonly is: 'measuring' }
  | { readonly is: 'ready'; readonly plan: RunPlan }
  | { readonly is: 'bad'; readonly error: ErrorFacts };

export interface Running {
  readonly phase: string;
  readonly progress: Progress | null;
  readonly notes: readonly string[];
  readonly cancelling: boolean;
}

/** A report, and what came with it. */
export interface ShownReport {
  readonly report: Report;
  /** Null for a report whose run is not at hand: it was opened from a file, or lay in the browser's storage. */
  readonly finished: Finished | null;
  /** What happened during the run. */
  readonly notes: readonly string[];
}

export type Shown =
  | { readonly is: 'inputs' }
  | ({ readonly is: 'running' } & Running)
  | ({ readonly is: 'report' } & ShownReport);

export interface PageState {
  readonly adapter:
    | { readonly is: 'asking' }
    | { readonly is: 'found'; readonly facts: AdapterFacts }
    | { readonly is: 'none'; readonly error: ErrorFacts };
  readonly encoders: Readonly<Record<EncoderRole, Slot<EncoderSummary>>>;
  readonly sets: Readonly<Record<SetName, Slot<SetSummary>>>;
  readonly settings: Settings;
  readonly planning: Planning;
  readonly shown: Shown;
  /** What went wrong last, until something else is done. */
  readonly error: ErrorFacts | null;
  /** Whether the inputs are those of the demo, as they ship. */
  readonly demo: boolean;
  readonly unfinished: readonly KeptRunFacts[];
  /** Of the last run that was finished here, in this visit or an earlier one. */
  readonly last: ShownReport | null;
}

const EMPTY = { is: 'empty' } as const;

export const START: PageState = {
  adapter: { is: 'asking' },
  encoders: { f: EMPTY, g: EMPTY },
  sets: { candidates: EMPTY, shared: EMPTY, independent: EMPTY, external: EMPTY },
  settings: DEFAULT_SETTINGS,
  planning: { is: 'none' },
  shown: { is: 'inputs' },
  error: null,
  demo: false,
  unfinished: [],
  last: null,
};

export type Action =
  | { readonly do: 'adapter'; readonly adapter: PageState['adapter'] }
  | { readonly do: 'encoder'; readonly role: EncoderRole; readonly slot: Slot<EncoderSummary> }
  | { readonly do: 'images'; readonly set: SetName; readonly slot: Slot<SetSummary> }
  | { readonly do: 'settings'; readonly settings: Settings }
  | { readonly do: 'planning'; readonly planning: Planning }
  | { readonly do: 'start' }
  | { readonly do: 'event'; readonly event: RunEvent }
  | { readonly do: 'cancel' }
  | { readonly do: 'finish'; readonly finished: Finished }
  | { readonly do: 'fail'; readonly error: ErrorFacts | null }
  | { readonly do: 'open'; readonly report: Report }
  | { readonly do: 'back' }
  | { readonly do: 'demo'; readonly demo: boolean }
  | { readonly do: 'unfinished'; readonly runs: readonly KeptRunFacts[] }
  | { readonly do: 'last'; readonly last: ShownReport | null }
  | { readonly do: 'reopen' };

export function reduce(state: PageState, action: Action): PageState {
  switch (action.do) {
    case 'adapter':
      return { ...state, adapter: action.adapter };
    case 'encoder':
      return {
        ...state,
        encoders: { ...state.encoders, [action.role]: action.slot },
        planning: { is: 'none' },
        error: null,
      };
    case 'images':
      return { ...state, sets: { ...state.sets, [action.set]: action.slot }, planning: { is: 'none' }, error: null };
    case 'settings':
      return { ...state, settings: action.settings, planning: { is: 'none' }, error: null };
    case 'planning':
      return { ...state, planning: action.planning };
    case 'start':
      return {
        ...state,
        error: null,
        // A new run lets go of the last one's numbers.
        last: state.last && { ...state.last, finished: null },
        shown: { is: 'running', phase: 'Starting', progress: null, notes: [], cancelling: false },
      };
    case 'event':
      return state.shown.is === 'running' ? { ...state, shown: told(state.shown, action.event) } : state;
    case 'cancel':
      return state.shown.is === 'running' ? { ...state, shown: { ...state.shown, cancelling: true } } : state;
    case 'finish': {
      const { finished } = action;
      const notes = state.shown.is === 'running' ? state.shown.notes : [];
      const last = { report: finished.report, finished, notes };
      return { ...state, last, shown: { is: 'report', ...last } };
    }
    case 'fail':
      return { ...state, shown: { is: 'inputs' }, planning: { is: 'none' }, error: action.error };
    case 'open':
      return { ...state, error: null, shown: { is: 'report', report: action.report, finished: null, notes: [] } };
    case 'back':
      return { ...state, error: null, shown: { is: 'inputs' } };
    case 'demo':
      return { ...state, demo: action.demo };
    case 'unfinished':
      return { ...state, unfinished: action.runs };
    case 'last':
      return { ...state, last: action.last };
    case 'reopen':
      return state.last ? { ...state, error: null, shown: { is: 'report', ...state.last } } : state;
  }
}

function told(running: Extract<Shown, { is: 'running' }>, event: RunEvent): Shown {
  if (event.is === 'phase') return { ...running, phase: event.text };
  if (event.is === 'note') return { ...running, notes: [...running.notes, event.text] };
  return { ...running, phase: 'Measuring', progress: event.progress };
}

/** What keeps a run from starting, in words; null where nothing does. */
export function whatIsMissing({ adapter, encoders, sets }: PageState): string | null {
  if (adapter.is !== 'found') return 'a GPU adapter';
  if (encoders.f.is === 'reading' || encoders.g.is === 'reading') return 'the encoder that is being read';
  if (encoders.f.is !== 'ready') return 'the encoder f';
  if (encoders.g.is === 'bad') return 'a reference that can be read, or none';
  const slots = SET_NAMES.map((set) => sets[set]);
  if (slots.some(({ is }) => is === 'reading')) return 'the images that are being read';
  if (slots.some(({ is }) => is === 'bad')) return 'images that can be read, or none in their place';
  if (!slots.some(({ is }) => is === 'ready')) return 'images';
  return null;
}

/** What the numbers will not be able to tell, with what was chosen. */
export function whatIsUntold({ encoders, sets }: PageState): string[] {
  const [f, g] = [encoders.f, encoders.g].map((slot) => (slot.is === 'ready' ? slot.value.facts.sha256 : null));
  return [
    ...(f === g && f !== null
      ? [
          'f and g are the same file: between them nothing can show memory. Choose a g that was trained without the candidates.',
        ]
      : []),
    ...(encoders.g.is === 'ready'
      ? []
      : [
          'Without a reference g, trained without the candidates, there is no LayerMem: a set may lie lower because its images are easier.',
        ]),
    ...(sets.external.is === 'ready'
      ? []
      : [
          'Without external images, which neither encoder saw, there is no verdict: nothing to hold the candidates against.',
        ]),
  ];
}
