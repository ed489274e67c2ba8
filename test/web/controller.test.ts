import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../../src/web/controller.js';
import type { Chosen, Engine } from '../../src/web/engine/contract.js';
import { type PageState, reduce, START } from '../../src/web/state.js';
import { exampleReport } from '../report/example.js';

/** What a visitor does, with a worker that answers at once. */

beforeEach(() => void vi.stubGlobal('navigator', {}));
afterEach(() => void vi.unstubAllGlobals());

const chosen = (name: string): Chosen => ({ name, files: [{ path: name, file: new File(['x'], name) }] });
const lost = Object.assign(new Error('the GPU was lost'), { code: 'DEVICE_LOST', hint: null });

/** @param answers what the worker does otherwise than nothing */
async function page(answers: Partial<Engine> = {}) {
  let state: PageState = START;
  const facts = { sha256: 'a' };
  const engine = {
    adapter: async () => ({ name: 'A GPU', kind: 'hardware' }),
    setEncoder: async (_: unknown, given: Chosen | null) => given && { facts, layers: [], notes: [] },
    setImages: async (_: unknown, given: Chosen | null, part: string) =>
      given && { source: `${given.name}@${part}`, images: 1, classes: 0 },
    plan: vi.fn(async () => null),
    cancel: async () => {},
    unfinishedRuns: async () => [],
    lastReport: async () => null,
    forgetReport: async () => {},
    ...answers,
  } as unknown as Engine;
  const controller = new Controller(
    engine,
    () => state,
    (action) => {
      state = reduce(state, action);
    },
  );
  await controller.start();
  return { controller, engine, state: () => state };
}

/** The page with an encoder and images, ready to run. */
async function ready(answers: Partial<Engine> = {}) {
  const opened = await page(answers);
  await opened.controller.drop(Promise.resolve([chosen('candidates.bin'), chosen('f.safetensors')]));
  return opened;
}

test('what is dropped at once goes where it belongs', async () => {
  const { state } = await ready();
  expect(state().encoders.f).toMatchObject({ is: 'ready', name: 'f.safetensors' });
  expect(state().sets.candidates).toMatchObject({ is: 'ready', name: 'candidates.bin' });
});

test('a run keeps the inputs that it began with, whatever is dropped or goes wrong beside it', async () => {
  const { controller, state } = await ready({ run: () => new Promise(() => {}) });
  void controller.run();
  await controller.drop(Promise.resolve([chosen('other.bin')]));
  await controller.drop(Promise.reject(new Error('gone')));
  expect(state().shown.is).toBe('running');
  expect(state().sets.candidates).toMatchObject({ name: 'candidates.bin' });
});

test('what is dropped on a report leads back to the inputs', async () => {
  const { controller, state } = await page({ lastReport: async () => exampleReport() });
  controller.reopen();
  expect(state().shown.is).toBe('report');
  await controller.drop(Promise.resolve([chosen('f.pt')]));
  expect(state()).toMatchObject({ shown: { is: 'inputs' }, encoders: { f: { is: 'ready' } } });
});

test('a drop that cannot be read is told, and what was chosen stands', async () => {
  const { controller, state } = await ready();
  await controller.drop(Promise.reject(lost));
  expect(state()).toMatchObject({ error: { message: 'the GPU was lost' }, encoders: { f: { is: 'ready' } } });
});

test('a demo that cannot be fetched leaves what was chosen', async () => {
  const { controller, state } = await ready();
  vi.stubGlobal('fetch', () => Promise.reject(new Error('offline')));
  await controller.demo();
  expect(state().error?.code).toBe('IO');
  expect(state().encoders).toMatchObject({ f: { is: 'ready', name: 'f.safetensors' }, g: { is: 'empty' } });
  expect(state().sets.candidates).toMatchObject({ is: 'ready', name: 'candidates.bin' });
});

test('numbers of images are read with their set, and with no other', async () => {
  const setImages = vi.fn(async () => ({ source: 'x', images: 1, classes: 0 }));
  const { controller, state } = await ready({ setImages });
  setImages.mockClear();
  await controller.change({ ...state().settings, parts: { candidates: ' 0-9 ' } });
  expect(setImages.mock.calls).toEqual([['candidates', expect.anything(), '0-9']]);
});

test('a GPU that was lost for good is not opened for a plan that nobody asked for', async () => {
  vi.useFakeTimers();
  for (const [error, plans] of [
    [lost, 0],
    [new Error('another'), 1],
  ] as const) {
    const { controller, engine } = await ready({ run: () => Promise.reject(error) });
    vi.runAllTimers();
    vi.mocked(engine.plan).mockClear();
    await controller.run();
    vi.runAllTimers();
    expect(engine.plan).toHaveBeenCalledTimes(plans);
  }
  vi.useRealTimers();
});

test('settings that an older page left beside a run get the defaults of what they lack', async () => {
  const { controller, state } = await page();
  await controller.goOn({ settings: { analysis: { views: '3' }, encoder: {}, pictures: false }, demo: false });
  expect(state().settings).toEqual({ analysis: { views: '3' }, encoder: {}, pictures: false, parts: {} });
});

test('a file that is too large for a report is refused unread', async () => {
  const { controller, state } = await page();
  const file = new File(['{}'], 'report.json');
  Object.defineProperty(file, 'size', { value: 2 ** 30 });
  await controller.open(file);
  expect(state().error).toMatchObject({ code: 'BAD_OPTION', message: "'report.json' is too large for a report" });
});
