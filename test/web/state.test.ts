import { expect, test } from 'vitest';
import type { Finished } from '../../src/web/engine/contract.js';
import { type Action, type PageState, reduce, START, whatIsMissing, whatIsUntold } from '../../src/web/state.js';

const facts = { name: 'A GPU', kind: 'hardware' } as never;
const encoder = (sha256: string) => ({ is: 'ready', name: 'x', value: { facts: { sha256 } } }) as never;
const ready = { is: 'ready', name: 'x', value: {} } as never;
const after = (...actions: Action[]) => actions.reduce<PageState>(reduce, START);
const found: Action = { do: 'adapter', adapter: { is: 'found', facts } };
const f: Action = { do: 'encoder', role: 'f', slot: encoder('a') };
const candidates: Action = { do: 'images', set: 'candidates', slot: ready };

test('a run needs an adapter, then f, then images', () => {
  expect(whatIsMissing(START)).toMatch(/adapter/);
  expect(whatIsMissing(after(found))).toMatch(/encoder f/);
  expect(whatIsMissing(after(found, f))).toMatch(/images/);
  expect(whatIsMissing(after(found, f, candidates))).toBeNull();
});

test('a run waits for what is being read, and refuses what could not be read', () => {
  const error = { code: null, message: 'no', hint: null };
  const bad = { is: 'bad', name: 'x', error } as const;
  const reading = { is: 'reading', name: 'x' } as const;
  expect(whatIsMissing(after(found, f, candidates, { do: 'encoder', role: 'g', slot: reading }))).toMatch(/being read/);
  expect(whatIsMissing(after(found, f, candidates, { do: 'encoder', role: 'g', slot: bad }))).toMatch(/reference/);
  expect(whatIsMissing(after(found, f, candidates, { do: 'images', set: 'shared', slot: bad }))).toMatch(/images/);
});

test('what the numbers will not tell depends on g and on the external images', () => {
  expect(whatIsUntold(after(found, f, candidates))).toHaveLength(2);
  const g: Action = { do: 'encoder', role: 'g', slot: encoder('b') };
  const external: Action = { do: 'images', set: 'external', slot: ready };
  expect(whatIsUntold(after(g))).toEqual([expect.stringMatching(/external/)]);
  expect(whatIsUntold(after(external))).toEqual([expect.stringMatching(/LayerMem/)]);
  expect(whatIsUntold(after(g, external))).toEqual([]);
  const same: Action = { do: 'encoder', role: 'g', slot: encoder('a') };
  expect(whatIsUntold(after(f, same, external))).toEqual([expect.stringMatching(/same file/)]);
});

test('every change of the inputs makes the last plan void and the last error go', () => {
  const planned: Action = { do: 'planning', planning: { is: 'ready', plan: {} as never } };
  const failed: Action = { do: 'fail', error: { code: 'IO', message: 'no', hint: null } };
  for (const change of [f, candidates, { do: 'settings', settings: START.settings } as const]) {
    const state = after(failed, planned, change);
    expect(state.planning.is).toBe('none');
    expect(state.error).toBeNull();
  }
});

test('a run tells its phases, progress and notes until it ends', () => {
  const progress = { set: 'candidates', done: 1, total: 2, rate: null, left: null } as const;
  const running = after(
    { do: 'start' },
    { do: 'event', event: { is: 'note', text: 'a' } },
    { do: 'event', event: { is: 'progress', progress } },
  );
  expect(running.shown).toMatchObject({ is: 'running', phase: 'Measuring', progress, notes: ['a'], cancelling: false });
  expect(reduce(running, { do: 'cancel' }).shown).toMatchObject({ cancelling: true });
  const finished = { report: { layers: [] }, outputs: [] } as unknown as Finished;
  const shown = reduce(running, { do: 'finish', finished });
  expect(shown.shown).toEqual({ is: 'report', report: finished.report, finished, notes: ['a'] });
  expect(reduce(shown, { do: 'event', event: { is: 'phase', text: 'late' } })).toBe(shown);
  expect(reduce(shown, { do: 'back' }).shown.is).toBe('inputs');
});

test('a failed run leads back to the inputs with its error, a cancelled one without', () => {
  const error = { code: 'DEVICE_LOST', message: 'gone', hint: null };
  expect(after({ do: 'start' }, { do: 'fail', error })).toMatchObject({ shown: { is: 'inputs' }, error });
  expect(after({ do: 'start' }, { do: 'fail', error: null })).toMatchObject({ shown: { is: 'inputs' }, error: null });
});

test('the last report opens again, as a new run begins without what only its own worker knew', () => {
  const finished = { report: { created: 'then' }, outputs: [] } as unknown as Finished;
  const back = after(found, { do: 'start' }, { do: 'finish', finished }, { do: 'back' });
  expect(reduce(back, { do: 'reopen' }).shown).toMatchObject({ is: 'report', finished });
  const cancelled = reduce(reduce(back, { do: 'start' }), { do: 'fail', error: null });
  expect(reduce(cancelled, { do: 'reopen' }).shown).toMatchObject({ report: finished.report, finished: null });
  expect(reduce(reduce(back, { do: 'last', last: null }), { do: 'reopen' }).shown).toEqual({ is: 'inputs' });
});
