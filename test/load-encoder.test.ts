import { afterAll, beforeAll, expect, test } from 'vitest';
import { bufferSource } from '../src/checkpoints/buffer-source.js';
import { nullGpu } from '../src/gpu/null.js';
import { analyze, type EncoderSource, loadEncoder } from '../src/library.js';
import { randomImages, range } from './analysis/tiny-pair.js';
import { openTestGpu } from './open-gpu.js';
import { tinyResNet9 } from './reference/tiny-resnet9.js';

const host = { decode: () => Promise.reject(new Error('nothing to decode')) };
const PRECISION = 'f32-winograd';
let gpu: Awaited<ReturnType<typeof openTestGpu>>;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const load = (source: EncoderSource, precision?: string) =>
  loadEncoder(host, nullGpu(gpu.facts), source, precision === undefined ? {} : { precision: precision as never });

test('an encoder has the precision that was asked for, f32 where none was, and can be had in f32 from any other', async () => {
  const bytes = tinyResNet9(1, 4);
  const plain = await load(bytes);
  expect(plain.encoder.design.precision).toBe('f32');
  expect(plain.inF32).toBeUndefined();
  const other = await load(bytes, PRECISION);
  expect(other.encoder.design.precision).toBe(PRECISION);
  expect((await other.inF32!()).design).toEqual(plain.encoder.design);
});

test('a precision that does not exist is refused before anything is read, naming a near one', async () => {
  const unread = { name: 'unread', size: 8, read: () => Promise.reject(new Error('read')) };
  await expect(load(unread, 'f32-vinograd')).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: 'precision: unknown value "f32-vinograd"',
    hint: expect.stringMatching(/^Did you mean f32-winograd\? Possible: f32, /),
  });
});

test('a byte source stays open until the encoder goes; in f32 it is closed at once', async () => {
  const closing = () => {
    const state = { closed: false };
    const close = async () => {
      state.closed = true;
    };
    return { state, source: { ...bufferSource(tinyResNet9(1, 4)), close } };
  };
  const [plain, other] = [closing(), closing()];
  await load(plain.source);
  expect(plain.state.closed).toBe(true);
  const encoder = await load(other.source, PRECISION);
  await encoder.inF32!();
  expect(other.state.closed).toBe(false);
  encoder.dispose();
  expect(other.state.closed).toBe(true);
});

test('a source that holds other weights by now is refused', async () => {
  const bytes = tinyResNet9(1, 4);
  const encoder = await load(bytes, PRECISION);
  bytes.set(tinyResNet9(2, 4));
  await expect(encoder.inF32!()).rejects.toMatchObject({
    code: 'IO',
    message: 'buffer has changed since it was loaded',
  });
});

test('an analysis takes the precision of its encoders, and refuses another', async () => {
  const f = await loadEncoder(host, gpu, tinyResNet9(1, 4), { precision: PRECISION });
  const request = {
    encoder: f,
    sets: { candidates: randomImages(range(0, 2)) },
    layers: ['prep.relu'],
    views: 2,
    resamples: 100,
    pictures: false,
  };
  const { report } = await analyze(host, request);
  expect(report.settings.precision).toBe(PRECISION);
  expect(report.precision).toMatchObject({ name: PRECISION, images: 2, layers: [{ node: 'prep.relu', sslmem: null }] });
  await expect(analyze(host, { ...request, precision: 'f32' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
